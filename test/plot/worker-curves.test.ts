import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerCurves } from '../../lib/src/plot/worker-curves';
import type { EpochRecord } from '../../lib/src/train/records';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

/** Worker 1 is the slow one. */
function records(done: number, epochs: number, size = 3): EpochRecord[] {
  return Array.from({ length: done }, (_, i) => ({
    kind: 'epoch',
    epoch: i + 1,
    epochs,
    loss: 1,
    accuracy: 0.5,
    seconds: 1,
    imagesPerSecond: 600,
    workers: Array.from({ length: size }, (_, worker) => ({
      imagesPerSecond: 200 + i + worker / 10,
      waited: worker === 1 ? 0.02 : 0.3 + i / 100,
    })),
  }));
}

const lines = (svg: string) => count(svg, /aria-roledescription="line mark"/g);
const points = (svg: string) => count(svg, /aria-roledescription="point"/g);

test('every worker is a line of waiting and one of images per second, with a point an epoch', async () => {
  const svg = await checkedSvg(workerCurves(records(5, 5), { title: 'ResNet-20, by worker' }));
  assert.equal(lines(svg), 2 * 3);
  assert.equal(points(svg), 2 * 3 * 5);
  const texts = textsOf(svg);
  for (const text of [
    ...['ResNet-20, by worker', 'worker 0', 'worker 1', 'worker 2', 'epoch'],
    ...['images per second', 'waited (share of the time)', '100%'],
  ]) {
    assert.ok(texts.includes(text), text);
  }
});

test("the data are the records' numbers", () => {
  assert.deepEqual(rowsOf(workerCurves(records(2, 9, 2))), [
    { name: 'worker 0', epoch: 1, waited: 0.3, imagesPerSecond: 200 },
    { name: 'worker 1', epoch: 1, waited: 0.02, imagesPerSecond: 200.1 },
    { name: 'worker 0', epoch: 2, waited: 0.31, imagesPerSecond: 201 },
    { name: 'worker 1', epoch: 2, waited: 0.02, imagesPerSecond: 201.1 },
  ]);
});

test('a plot of one epoch has the size of the whole one', async () => {
  const [first, whole] = await Promise.all(
    [1, 10].map(async (done) => {
      const svg = await checkedSvg(workerCurves(records(done, 10)));
      return /width="(\d+)" height="(\d+)"/.exec(svg)!.slice(1).map(Number);
    }),
  );
  assert.ok(Math.abs(first[0] - whole[0]) <= 10, `${first} and ${whole}`); // the labels' widths
  assert.equal(first[1], whole[1]);
});

test('epochs without workers are left out, and without any there is nothing to draw', async () => {
  const [before, ...others] = records(3, 3);
  const { workers: _, ...alone } = before;
  assert.equal(points(await checkedSvg(workerCurves([alone, ...others]))), 2 * 3 * 2);
  assert.throws(() => workerCurves([alone]), {
    name: 'RangeError',
    message: `cannot draw "Workers"; no epoch's record has workers: 1 record; train in a cluster`,
  });
});
