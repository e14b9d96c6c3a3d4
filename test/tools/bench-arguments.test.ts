import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from '../../tools/bench/arguments';
import { type Choice, plan } from '../../tools/bench/plan';

const parse = (...argv: string[]) => parseArguments(argv) as Choice;
const contests = (...argv: string[]) => plan(parse(...argv));

test("without options, training is measured on the issue's nets and batches beside every peer", () => {
  const found = contests();
  assert.deepEqual(
    found.map(({ net, batch }) => [net, batch]),
    [
      ['article', 32],
      ['article', 128],
      ['resnet20', 128],
      ['resnet50', 8],
    ],
  );
  assert.deepEqual(
    found[0].measurements.map(({ runner }) => runner),
    ['ours', 'ours-eager', 'keras', 'keras-jit', 'torch', 'torch-compile', 'tfjs'],
  );
  assert.equal(parse().rounds, 3);
});

test('options choose nets, batches, peers, rounds and steps', () => {
  const [first, ...others] = contests(
    ...['--net', 'article', '--batch', '32', '--rounds=2', '--peers', 'tfjs', '--steps', '7'],
  );
  assert.deepEqual(others, []);
  assert.deepEqual(
    first.measurements.map(({ runner }) => runner),
    ['ours', 'ours-eager', 'tfjs'],
  );
  assert.equal(first.measurements[0].images, 7 * 32);
});

test('all runners of a contest get as many images and epochs', () => {
  for (const { measurements } of contests('--peers', 'keras,torch,tfjs')) {
    assert.equal(new Set(measurements.map(({ images, epochs }) => `${images} ${epochs}`)).size, 1);
  }
});

test('a net that is no default of a measure gets its usual batch', () => {
  assert.deepEqual(
    contests('--net', 'resnet110,resnet20').map(({ net, batch }) => [net, batch]),
    [
      ['resnet110', 128],
      ['resnet20', 128],
    ],
  );
});

test('memory trains on all of CIFAR-10 for ten epochs, once; prediction takes its test images', () => {
  const [memory] = contests('--measure', 'memory');
  const [{ images, epochs }] = memory.measurements;
  assert.deepEqual({ images, epochs }, { images: 50_000, epochs: 10 });
  assert.equal(parse('--measure', 'memory').rounds, 1);
  assert.equal(contests('--measure', 'predict')[0].measurements[0].images, 10_000);
});

test('--peers none measures ours alone, and --help measures nothing', () => {
  assert.deepEqual(parse('--peers', 'none').peers, []);
  assert.equal(parseArguments(['--help']), undefined);
});

const refusals: [argv: string[], message: string][] = [
  [
    ['--quick'],
    'unknown option --quick; options: --measure, --net, --batch, --peers, --rounds, --steps, --images, --epochs, --cluster, --help',
  ],
  [['article'], 'unknown argument; not an option: article'],
  [['--help=yes'], 'invalid --help; it takes no value: yes'],
  [['--rounds'], 'invalid --rounds; a value is missing; see --help'],
  [['--rounds', '0'], 'invalid --rounds; not an integer of at least 1: 0'],
  [['--batch', '32,x'], 'invalid --batch; not an integer of at least 1: x'],
  [['--net', 'vgg16'], 'invalid --net; not one of article, resnet20, resnet50, resnet110: vgg16'],
  [['--peers', 'keras,jax'], 'invalid --peers; not one of keras, torch, tfjs, none: jax'],
  [
    ['--measure', 'speed'],
    'invalid --measure; not one of train, predict, compile, memory, event-loop: speed',
  ],
  [['--epochs', '3'], 'invalid --epochs; it belongs to --measure memory: train'],
  [['--images', '3'], 'invalid --images; it belongs to --measure predict, memory: train'],
  [['--measure', 'memory', '--epochs', '1'], 'invalid --epochs; not an integer of at least 2: 1'],
  [
    ['--measure', 'event-loop', '--peers', 'keras'],
    'invalid --peers; --measure event-loop knows none: keras',
  ],
];

for (const [argv, message] of refusals) {
  test(`npm run bench -- ${argv.join(' ')} is refused in words`, () => {
    assert.throws(() => parse(...argv), { name: 'RangeError', message });
  });
}
