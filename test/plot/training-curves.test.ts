import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trainingCurves } from '../../lib/src/plot/training-curves';
import type { EpochRecord } from '../../lib/src/train/records';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

function records(
  done: number,
  epochs: number,
  more: (epoch: number) => Partial<EpochRecord> = () => ({}),
): EpochRecord[] {
  return Array.from({ length: done }, (_, i) => ({
    kind: 'epoch',
    epoch: i + 1,
    epochs,
    loss: 2 / (i + 1),
    accuracy: 1 - 0.6 / (i + 1),
    seconds: 1,
    imagesPerSecond: 100,
    ...more(i + 1),
  }));
}
const validated = (epoch: number) => ({ valLoss: 2.2 / epoch, valAccuracy: 1 - 0.7 / epoch });
const points = (svg: string) => count(svg, /aria-roledescription="point"/g);
const size = (svg: string) => /width="(\d+)" height="(\d+)"/.exec(svg)?.slice(1);

test('training and validation are two lines with a point an epoch, for loss and accuracy', async () => {
  const svg = await checkedSvg(trainingCurves(records(4, 4, validated), { title: 'CIFAR-10' }));
  assert.equal(points(svg), 2 * 2 * 4);
  assert.equal(count(svg, /aria-roledescription="line mark"/g), 2 * 2);
  const texts = textsOf(svg);
  for (const text of [
    'CIFAR-10',
    'training',
    'validation',
    'epoch',
    'loss (cross-entropy, nats)',
    '100%',
    '4',
  ]) {
    assert.ok(texts.includes(text), text);
  }
});

test('epochs are marked by integers only', async () => {
  for (const total of [1, 2, 3, 10, 200]) {
    const texts = textsOf(await checkedSvg(trainingCurves(records(Math.min(total, 3), total))));
    const axis = texts.slice(0, texts.indexOf('epoch')).filter((text) => !/[%.]/.test(text));
    assert.ok(axis.length > 0);
    assert.deepEqual(axis, [...new Set(axis)]);
    assert.ok(axis.every((text) => Number.isInteger(Number(text))));
  }
});

test('without validation there is one line, and the legend says only training', async () => {
  const svg = await checkedSvg(trainingCurves(records(2, 2)));
  assert.equal(points(svg), 4);
  assert.ok(!textsOf(svg).includes('validation'));
});

test('a live plot keeps its size from no epoch to the last', async () => {
  const sizes = [];
  for (const done of [0, 1, 2, 10])
    sizes.push(size(await checkedSvg(trainingCurves(records(done, 10, validated)))));
  assert.equal(sizes[0]?.length, 2);
  for (const each of sizes.slice(1)) {
    // Labels of the loss axis may be of another width, by a few pixels.
    assert.ok(Math.abs(Number(each?.[0]) - Number(sizes[0]?.[0])) <= 10, `${each} and ${sizes[0]}`);
    assert.equal(each?.[1], sizes[0]?.[1]);
  }
});

test('a loss that is not finite is left out, an accuracy that was not measured takes its plot along', async () => {
  const spec = trainingCurves(
    records(3, 3, (epoch) => ({ accuracy: Number.NaN, ...(epoch === 2 && { loss: Infinity }) })),
  );
  const svg = await checkedSvg(spec);
  assert.equal(points(svg), 2);
  assert.ok(!textsOf(svg).some((text) => text.startsWith('accuracy')));
  assert.deepEqual(
    rowsOf(spec).map(({ loss }) => loss),
    [2, null, 2 / 3],
  );
});

test('training curves leave the records as they are', () => {
  const epochs = records(3, 5, validated);
  const before = structuredClone(epochs);
  trainingCurves(epochs);
  assert.deepEqual(epochs, before);
});
