import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describePlot } from '../../lib/src/notebook/describe-plot';
import { table } from '../../lib/src/notebook/table';
import { compareRuns } from '../../lib/src/plot/compare-runs';
import type { ComparedRun, RunResult } from '../../lib/src/train/run-folder';
import { epochRecords, runConfig } from '../train/small-run';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

/** A run of `batchSize` with these validation accuracies, ended as told; by default after all its epochs. */
function run(
  batchSize: number,
  seed: number,
  accuracies: readonly number[],
  {
    epochs = accuracies.length,
    ...end
  }: Partial<Pick<RunResult, 'stopped' | 'test'>> & { epochs?: number } = {},
): ComparedRun {
  const records = epochRecords(accuracies, epochs);
  const seconds = 10 * seed;
  const result = { stopped: 'finished', epochs: records, seconds, runner: 'compiled', ...end } as const;
  const name = `b${batchSize}-s${seed}`;
  return { name, config: runConfig({ batchSize, seed, epochs }), epochs: records, result, seconds };
}

const lines = (svg: string) => count(svg, /aria-roledescription="line mark"/g);
const bands = (svg: string) => count(svg, /aria-roledescription="area mark"/g);
const near = (actual: unknown, expected: number) =>
  assert.ok(Math.abs(Number(actual) - expected) < 1e-12, `${actual}, not ${expected}`);

test('a row has mean ± standard deviation of the sample over the seeds, and says what differs', () => {
  const { rows, notes } = compareRuns([
    run(8, 2, [0.6, 0.72]), // last epochs: mean 70 %, deviations 2, 0 and -2, so sqrt(8 / 2) = 2
    run(8, 1, [0.5, 0.7]),
    run(16, 4, [0.9, 0.8]),
    run(8, 3, [0.69, 0.68]), // best epochs: 72, 70 and 69, mean 70.33, squares 2.78 + 0.11 + 1.78, so sqrt(4.67 / 2) = 1.53
  ]);
  assert.deepEqual(rows, [
    {
      group: 'batchSize 8',
      seeds: '1, 2, 3',
      validationAccuracy: '70.00 % ± 2.00 (n = 3)',
      bestEpoch: '70.33 % ± 1.53 (n = 3)',
      seconds: 20,
      imagesPerSecond: 30,
      differs: 'batchSize 8',
    },
    {
      group: 'batchSize 16',
      seeds: '4',
      validationAccuracy: '80.00 % (n = 1)',
      bestEpoch: '90.00 % (n = 1)',
      seconds: 40,
      imagesPerSecond: 30,
      differs: 'batchSize 16',
    },
  ]);
  assert.deepEqual(notes, []);
  assert.match(table(rows).text, /validation accuracy {2,}best epoch/);
});

test('images per second are those over all epochs together', () => {
  const single = run(8, 1, [0.5, 0.6]);
  const [first, second] = single.epochs;
  const epochs = [
    { ...first, imagesPerSecond: 20 },
    { ...second, imagesPerSecond: 60 }, // 2 n images in n / 20 + n / 60 seconds
  ];
  near(compareRuns([{ ...single, epochs }]).rows[0].imagesPerSecond, 30);
});

test('the plot has a mean with a band for several seeds and a thin line for each, one line for a single seed', async () => {
  const { spec } = compareRuns(
    [run(8, 1, [0.5, 0.7]), run(8, 2, [0.6, 0.72]), run(8, 3, [0.7, 0.68]), run(16, 1, [0.4, 0.8])],
    { title: 'Batch sizes' },
  );
  const svg = await checkedSvg(spec);
  assert.equal(lines(svg), 2 + 3);
  assert.equal(bands(svg), 1);
  const expected = [
    ...[
      'Batch sizes',
      'epoch',
      'validation accuracy (share of images)',
      'batchSize 8',
      'batchSize 16',
      '70%',
    ],
    'bands: mean ± one standard deviation of the runs; thin lines: single runs',
  ];
  for (const text of expected) assert.ok(textsOf(svg).includes(text), text);
  const [first, second, single] = rowsOf(spec);
  assert.deepEqual([first.group, first.epoch, first.runs], ['batchSize 8', 1, 3]);
  for (const [key, value] of [
    ['mean', 0.6],
    ['low', 0.5],
    ['high', 0.7],
  ] as const)
    near(first[key], value);
  for (const [key, value] of [
    ['mean', 0.7],
    ['low', 0.68],
    ['high', 0.72],
  ] as const)
    near(second[key], value);
  assert.deepEqual(single, { group: 'batchSize 16', epoch: 1, mean: 0.4, runs: 1, low: 0.4, high: 0.4 });
  const told = describePlot(spec).split('\n');
  assert.equal(told[0], 'plot: Batch sizes (10 points)');
  assert.match(told[1], /batchSize 8: 0.600 to 0.700$/);
});

test('a single run is one line without a band, of one epoch a point', async () => {
  for (const accuracies of [[0.5], [0.5, 0.6, 0.7]]) {
    const { rows, spec } = compareRuns([run(8, 1, accuracies)]);
    assert.equal(rows[0].differs, '');
    const svg = await checkedSvg(spec);
    assert.deepEqual([lines(svg), bands(svg)], [1, 0]);
    assert.equal(count(svg, /aria-roledescription="point"/g), accuracies.length);
    assert.ok(!textsOf(svg).some((text) => text.startsWith('bands')));
  }
});

test('a run that was ended half-way is a thin line, is told, and counts in no number', async () => {
  const { rows, spec, notes } = compareRuns([
    run(8, 1, [0.5, 0.7, 0.8]),
    run(8, 2, [0.5, 0.1], { epochs: 3, stopped: 'aborted' }),
    run(8, 3, [0.6, 0.8, 0.9]),
    { ...run(8, 4, [0.3], { epochs: 3 }), result: undefined },
  ]);
  assert.equal(rows[0].validationAccuracy, '85.00 % ± 7.07 (n = 2)'); // sqrt(2 * 5^2)
  assert.deepEqual([rows[0].seeds, rows[0].seconds], ['1, 2, 3, 4', 20]);
  assert.deepEqual(
    rowsOf(spec).map(({ epoch, runs }) => [epoch, runs]),
    [
      [1, 2],
      [2, 2],
      [3, 2],
    ],
  );
  assert.equal(lines(await checkedSvg(spec)), 1 + 4);
  assert.deepEqual(notes, [
    'a small run: b8-s2 is aborted after epoch 2 of 3 and counts in no number',
    'a small run: b8-s4 is not finished after epoch 1 of 3 and counts in no number',
  ]);
});

test('while no run is finished the mean goes as far as all of them have come', () => {
  const going = (seed: number, accuracies: readonly number[]) => ({
    ...run(8, seed, accuracies, { epochs: 9 }),
    result: undefined,
  });
  const { rows, spec } = compareRuns([going(1, [0.5, 0.6, 0.7]), going(2, [0.7, 0.8]), going(3, [])]);
  assert.deepEqual(
    rowsOf(spec).map(({ epoch, runs }) => [epoch, runs]),
    [
      [1, 2],
      [2, 2],
    ],
  );
  assert.deepEqual(
    [rows[0].validationAccuracy, rows[0].bestEpoch, rows[0].seconds, rows[0].imagesPerSecond],
    ['–', '–', Number.NaN, Number.NaN],
  );
});

test('a run without validation has dashes, is told, and leaves the plot to the others', async () => {
  const without = run(16, 1, [Number.NaN, Number.NaN]);
  const { rows, spec, notes } = compareRuns([run(8, 1, [0.5, 0.6]), without]);
  assert.deepEqual([rows[1].validationAccuracy, rows[1].bestEpoch, rows[1].seconds], ['–', '–', 10]);
  assert.deepEqual(notes, ['batchSize 16: no validation accuracy, so it is not in the plot']);
  assert.equal(lines(await checkedSvg(spec)), 1);
  const alone = await checkedSvg(compareRuns([without]).spec);
  assert.equal(lines(alone), 0);
  assert.ok(textsOf(alone).includes('validation accuracy (share of images)'));
});

test('the test split has a column once a run has opened it', () => {
  const test = { loss: 1, accuracy: 0.75, images: 30 };
  const { rows } = compareRuns([run(8, 1, [0.5], { test }), run(8, 2, [0.5]), run(16, 1, [0.5])]);
  assert.deepEqual(
    rows.map(({ testAccuracy }) => testAccuracy),
    ['75.00 % (n = 1)', '–'],
  );
  assert.ok(!('testAccuracy' in compareRuns([run(8, 1, [0.5])]).rows[0]));
});

test('a seed that was run twice, and runs of another commit, are told', () => {
  const again = run(8, 1, [0.5]);
  const { notes } = compareRuns([
    run(8, 1, [0.5]),
    { ...again, name: 'again', config: { ...again.config, commit: 'ffff' } },
  ]);
  assert.deepEqual(notes, [
    'a small run: more than one run has seed 1; these are not independent',
    'b8-s1 and again differ in commit: "1f3c" and "ffff"',
  ]);
});

test('a comparison needs a run, and leaves the runs as they are', () => {
  assert.throws(() => compareRuns([]), {
    name: 'RangeError',
    message: 'cannot compare runs; at least one is needed: 0',
  });
  const runs = [run(8, 2, [0.5]), run(8, 1, [0.6])];
  const before = structuredClone(runs);
  compareRuns(runs);
  assert.deepEqual(runs, before);
});
