import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describePlot } from '../../lib/src/notebook/describe-plot';
import { raceBars } from '../../lib/src/plot/race-bars';
import { stepTimes } from '../../lib/src/plot/step-times';
import type { EpochRecord, StepRecord, TrainingRecord } from '../../lib/src/train/records';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

/** A step's record after so many seconds. */
function stepAt(step: number, seconds: number): StepRecord {
  return {
    kind: 'step',
    step,
    totalSteps: 9,
    epoch: 1,
    loss: 1,
    accuracy: 0.5,
    rate: 0.001,
    seconds,
    imagesPerSecond: 100,
    memoryMB: 500,
  };
}

const epoch: EpochRecord = {
  kind: 'epoch',
  epoch: 1,
  epochs: 2,
  loss: 1,
  accuracy: 0.5,
  seconds: 1,
  imagesPerSecond: 100,
};

const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}`);

test('a step takes the time since the record before; warm-up does not count, the first record is kept', () => {
  const records = [0.5, 0.9, 1.0, 1.03, 1.05].map((seconds, i) => stepAt(i + 1, seconds));
  const { name, steps, median, fastest, slowest, first } = stepTimes('eager', records, 2);
  assert.deepEqual([name, steps], ['eager', 3]);
  close(first, 500);
  close(fastest, 20);
  close(median, 30);
  close(slowest, 100);
});

test('several trainings each have their warm-up, and a validation between epochs is no part of a step', () => {
  const training: TrainingRecord[] = [stepAt(1, 1), stepAt(2, 1.01), epoch, stepAt(3, 3), stepAt(4, 3.03)];
  const { steps, median } = stepTimes('eager', [...training, ...training], 1);
  assert.equal(steps, 4); // 10, 30, 10 and 30 ms
  close(median, 20);
});

test('records too few to time are refused', () => {
  assert.throws(() => stepTimes('eager', [stepAt(1, 1), stepAt(2, 2)]), {
    name: 'RangeError',
    message: 'cannot time the steps of eager; no two steps in a row after 5 steps of warm-up: 2 records',
  });
});

const times = { steps: 50, fastest: 10, slowest: 30, first: 400 };

test('a race has a bar to the median of each way to train, in their order, and tells the spread', async () => {
  const spec = raceBars(
    [
      { name: 'eager', median: 61.25, ...times },
      { name: 'compiled', median: 14, ...times },
    ],
    { title: 'Two ways' },
  );
  assert.deepEqual(
    rowsOf(spec).map(({ name, value }) => [name, value]),
    [
      ['eager', 61.25],
      ['compiled', 14],
    ],
  );
  const svg = await checkedSvg(spec);
  assert.equal(count(svg, /aria-roledescription="bar"/g), 2);
  const expected = [
    ...['Two ways', 'time per step, median (ms)', 'run', '14.0'],
    'eager: 50 steps, 10.0 to 30.0 ms; compiled: 50 steps, 10.0 to 30.0 ms',
  ];
  for (const text of expected) assert.ok(textsOf(svg).includes(text), text);
  assert.equal(describePlot(spec), 'plot: Two ways (2 points)');
});

test('a race needs runners with different names', () => {
  assert.throws(() => raceBars([], { title: 'Race' }), {
    name: 'RangeError',
    message: 'cannot draw "Race"; at least one way to train is needed: 0',
  });
  const twice = { name: 'eager', median: 1, ...times };
  assert.throws(() => raceBars([twice, twice], { title: 'Race' }), {
    name: 'RangeError',
    message: 'invalid times; more than one has this name: "eager"',
  });
});
