import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HELP, parseArguments } from '../../tools/web/arguments';

test('nothing needs to be said', () => {
  assert.deepEqual(parseArguments([]), { model: undefined, port: undefined, mode: 'serve' });
});

test('model, port and mode can be chosen', () => {
  assert.deepEqual(parseArguments(['--model', 'a/b', '--port=8080', '--dev']), {
    model: 'a/b',
    port: 8080,
    mode: 'dev',
  });
  assert.equal(parseArguments(['--build'])?.mode, 'build');
});

test('the help names every option', () => {
  assert.equal(parseArguments(['--help']), undefined);
  for (const name of ['model', 'port', 'build', 'dev']) assert.match(HELP, new RegExp(`--${name}\\b`));
});

test('what cannot be is refused by name', () => {
  const refused = (argv: string[], message: string) =>
    assert.throws(() => parseArguments(argv), { name: 'RangeError', message });
  refused(['--port', '0'], 'invalid --port; not an integer from 1 to 65535: 0');
  refused(['--port', '65536'], 'invalid --port; not an integer from 1 to 65535: 65536');
  refused(['--model'], 'invalid --model; a value is missing; see --help');
  refused(['--build', '--dev'], 'invalid --dev; --build serves nothing: leave one out');
  refused(['--build', '--port', '80'], 'invalid --port; --build serves nothing: 80');
  refused(['--open'], 'unknown option --open; options: --model, --port, --build, --dev, --help');
  refused(['here'], 'unknown argument; not an option: here');
});
