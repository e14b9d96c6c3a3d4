import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HELP, parseArguments } from '../../tools/import/arguments';

test('a file and the name of its net are enough', () => {
  assert.deepEqual(parseArguments(['a/resnet50.safetensors', '--as', 'resnet50']), {
    file: 'a/resnet50.safetensors',
    as: 'resnet50',
    classes: undefined,
    out: undefined,
  });
  assert.deepEqual(parseArguments(['x.keras', '--as=resnet101v2', '--classes', '10', '--out', 'there']), {
    file: 'x.keras',
    as: 'resnet101v2',
    classes: 10,
    out: 'there',
  });
});

test('the help names every net that there is', () => {
  assert.equal(parseArguments(['--help']), undefined);
  for (const name of ['resnet18', 'resnet152d', 'seresnet50', 'resnet50v2'])
    assert.match(HELP, new RegExp(`${name}\\b`));
});

test('what cannot be is refused by name', () => {
  const refused = (argv: string[], message: string | RegExp) =>
    assert.throws(() => parseArguments(argv), { name: 'RangeError', message });
  refused([], 'missing FILE; npm run import -- FILE --as NAME; see --help');
  refused(['--as', 'resnet50'], /missing FILE/);
  refused(
    ['weights.bin', '--as', 'resnet50'],
    'invalid file; its name does not end in .safetensors, .h5, .keras: weights.bin',
  );
  refused(['a.h5'], /missing --as; one of resnet50, resnet50v2, resnet101,/);
  refused(['a.h5', '--as', 'resnet18'], /invalid --as; not one of resnet50, .*: resnet18/);
  refused(['a.safetensors', '--as', 'resnet50v2'], /invalid --as; not one of resnet18, .*: resnet50v2/);
  refused(
    ['a.h5', '--as', 'resnet50', '--classes', '1'],
    'invalid --classes; not an integer of at least 2: 1',
  );
  refused(['a.h5', '--as', 'resnet50', '--size', '1'], /unknown option --size/);
  refused(['a.h5', 'b.h5', '--as', 'resnet50'], 'unknown argument; not an option: b.h5');
});
