import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECIPES } from '../../lib/src/recipes/recipes';
import { HELP, parseArguments } from '../../tools/train/arguments';

test('a recipe alone is enough, and names its run', () => {
  const { recipe, ...others } = parseArguments(['--recipe', 'article'])!;
  assert.equal(recipe.name, 'article');
  assert.deepEqual(others, {
    ...{ seed: 1, epochs: undefined, data: 'auto', images: undefined },
    ...{ name: 'article-s1', runs: undefined, resume: false, tensorboard: false },
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
  });
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
  [['--recipe', 'article', '--resume=yes'], /^RangeError: invalid --resume; it takes no value: yes$/],
  [['--recipe', 'article', '--sed', '1'], /^RangeError: unknown option --sed; options: /],
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
