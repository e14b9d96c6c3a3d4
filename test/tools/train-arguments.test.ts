import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECIPES } from '../../lib/src/recipes/recipes';
import { HELP, parseArguments } from '../../tools/train/arguments';

const PATIENCE = { startSeconds: undefined, silenceSeconds: undefined, allowPublicAddress: false };

test('a recipe alone is enough, and names its run', () => {
  const { recipe, ...others } = parseArguments(['--recipe', 'article'])!;
  assert.equal(recipe.name, 'article');
  assert.deepEqual(others, {
    ...{ seed: 1, epochs: undefined, data: 'auto', images: undefined },
    ...{ name: 'article-s1', runs: undefined, resume: false, tensorboard: false },
    ...{ local: undefined, patience: PATIENCE },
  });
});

test('options choose seed, epochs, data, images, run and resuming', () => {
  const { recipe, ...others } = parseArguments([
    ...['--recipe', 'whitened', '--seed', '7', '--epochs=3', '--data', 'generated', '--limit', '900'],
    ...['--name', 'mine', '--runs', 'elsewhere', '--resume', '--tensorboard'],
  ])!;
  assert.equal(recipe.name, 'whitened');
  assert.deepEqual(others, {
    ...{ seed: 7, epochs: 3, data: 'generated', images: 900 },
    ...{ name: 'mine', runs: 'elsewhere', resume: true, tensorboard: true },
    ...{ local: undefined, patience: PATIENCE },
  });
});

test('a training computes as the recipe says, or as the command line does', () => {
  const compileOf = (...argv: string[]) => parseArguments(['--recipe', 'resnet20', ...argv])!.compile;
  assert.equal(compileOf(), undefined);
  assert.deepEqual(compileOf('--mixed-precision', 'bfloat16'), { mixedPrecision: 'bfloat16' });
  assert.deepEqual(compileOf('--xla', '--mixed-precision=float16'), { mixedPrecision: 'float16', xla: true });
});

test('workers are started here, or named with their place among the others', () => {
  const train = ['--recipe', 'article'];
  assert.equal(parseArguments([...train, '--local', '3'])!.local, 3);
  const one = parseArguments([
    ...[...train, '--hosts', 'a:4000, b:4000', '--index', '1', '--start-seconds', '9', '--silence-seconds=8'],
    '--allow-public-address',
  ])!;
  assert.deepEqual(one.cluster, { hosts: ['a:4000', 'b:4000'], index: 1 });
  assert.deepEqual(one.patience, { startSeconds: 9, silenceSeconds: 8, allowPublicAddress: true });
});

test('the help names every recipe', () => {
  assert.equal(parseArguments(['--help']), undefined);
  for (const { name, description } of RECIPES)
    assert.ok(HELP.includes(`${name} `) && HELP.includes(description));
});

const REFUSED: [string[], RegExp][] = [
  [[], /^RangeError: missing --recipe; one of article, .*; see --help$/],
  [['--recipe', 'keras'], /^RangeError: invalid recipe; not one of article, .*: keras$/],
  [
    ['--recipe', 'article', '--seed', '-1'],
    /^RangeError: invalid --seed; not an integer from 0 to 4294967295: -1$/,
  ],
  [
    ['--recipe', 'article', '--epochs', '0'],
    /^RangeError: invalid --epochs; not an integer of at least 1: 0$/,
  ],
  [
    ['--recipe', 'article', '--limit', '1e3'],
    /^RangeError: invalid --limit; not an integer of at least 2: 1e3$/,
  ],
  [['--recipe', 'article', '--data', 'mnist'], /^RangeError: invalid --data; not one of auto, .*: mnist$/],
  [
    ['--recipe', 'article', '--mixed-precision', 'int8'],
    /^RangeError: invalid --mixed-precision; not one of bfloat16, float16: int8$/,
  ],
  [['--recipe', 'article', '--resume=yes'], /^RangeError: invalid --resume; it takes no value: yes$/],
  [['--recipe', 'article', '--sed', '1'], /^RangeError: unknown option --sed; options: /],
  [['--recipe', 'article', '--local', '0'], /^RangeError: invalid --local; not an integer from 1 to 64: 0$/],
  [
    ['--recipe', 'article', '--index', '1'],
    /^RangeError: invalid --index; it belongs to --hosts, which is missing: 1$/,
  ],
  [
    ['--recipe', 'article', '--hosts', 'a:1,b:1'],
    /^RangeError: missing --index; which of the hosts this one is, from 0 to 1$/,
  ],
  [
    ['--recipe', 'article', '--hosts', 'a:1,b:1', '--index', '2'],
    /^RangeError: invalid --index; not an integer from 0 to 1: 2$/,
  ],
  [
    ['--recipe', 'article', '--hosts', 'a:1,b:1', '--index', '0', '--local', '2'],
    /^RangeError: invalid --local; not together with --hosts: 2$/,
  ],
  [['article'], /^RangeError: unknown argument; not an option: article$/],
];

for (const [argv, message] of REFUSED) {
  test(`npm run train -- ${argv.join(' ')} is refused in words`, () => {
    assert.throws(
      () => parseArguments(argv),
      (error) => message.test(String(error)),
    );
  });
}
