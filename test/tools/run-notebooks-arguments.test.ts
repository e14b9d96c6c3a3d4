import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from '../../tools/run-notebooks/arguments';

const parse = (...argv: string[]) => parseArguments(argv, '/checkout');

test('without options, the notebooks decide and results go to out', () => {
  assert.deepEqual(parse(), {
    environment: {},
    timeoutSeconds: 21_600,
    outDirectory: '/checkout/out',
    notebooksDirectory: '/checkout/notebooks',
    help: false,
  });
});

test('options become the variables that the notebooks read', () => {
  const { environment, only } = parse(
    ...['--data', 'cifar10', '--epochs=3', '--limit', '500', '--seed', '0', '--only', '4', '--only', '05,06'],
  );
  assert.deepEqual(environment, {
    RESNET_LAB_DATA: 'cifar10',
    RESNET_LAB_EPOCHS: '3',
    RESNET_LAB_IMAGES: '500',
    RESNET_LAB_SEED: '0',
  });
  assert.deepEqual(only, ['04', '05', '06']);
});

test('--fast takes generated images, and gives way to what is said besides', () => {
  assert.equal(parse('--fast').environment.RESNET_LAB_DATA, 'generated');
  const { environment, timeoutSeconds } = parse('--fast', '--data', 'cifar10', '--limit', '100');
  assert.equal(environment.RESNET_LAB_DATA, 'cifar10');
  assert.equal(environment.RESNET_LAB_IMAGES, '100');
  assert.equal(timeoutSeconds, 600);
});

const refusals: [argv: string[], message: string][] = [
  [
    ['--quick'],
    'unknown option --quick; options: --fast, --data, --epochs, --limit, --seed, --only, --timeout, --out, --notebooks, --help',
  ],
  [['04'], 'unknown argument; not an option: 04'],
  [['--fast=yes'], 'invalid --fast; it takes no value: yes'],
  [['--epochs'], 'invalid --epochs; a value is missing; see --help'],
  [['--epochs', '--fast'], 'invalid --epochs; a value is missing; see --help'],
  [['--epochs', '0'], 'invalid --epochs; not an integer of at least 1: 0'],
  [['--limit', '1e3'], 'invalid --limit; not an integer of at least 1: 1e3'],
  [['--seed', '4294967296'], 'invalid --seed; not an integer in 0..4294967295: 4294967296'],
  [['--timeout', 'long'], 'invalid --timeout; not an integer in 1..2000000: long'],
  [['--data', 'mnist'], 'invalid --data; not one of auto, cifar10, cifar100, generated: mnist'],
  [
    ['--only', 'training'],
    "invalid --only; not a notebook's number such as 04, or several such as 01,04: training",
  ],
];

for (const [argv, message] of refusals) {
  test(`npm start -- ${argv.join(' ')} is refused in words`, () => {
    assert.throws(() => parse(...argv), { name: 'RangeError', message });
  });
}

test('a short option is unknown', () => {
  assert.throws(() => parse('-f'), /^RangeError: unknown option -f; options: /);
});
