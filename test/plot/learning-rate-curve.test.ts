import assert from 'node:assert/strict';
import test from 'node:test';
import { learningRateCurve } from '../../lib/src/plot/learning-rate-curve';
import type { LearningRateSearch } from '../../lib/src/train/find-learning-rate';
import { checkedSvg, count, textsOf } from './checked-svg';

/** A search from 1e-6 to 1, with a loss that falls from 2 to 0.5 and ends at 9. */
const search: LearningRateSearch = {
  points: [2, 2, 1.5, 0.5, 0.6, 1, 9].map((smoothedLoss, i) => ({
    rate: [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1][i],
    loss: smoothedLoss + (i % 2 ? 0.25 : -0.25),
    smoothedLoss,
  })),
  suggestion: { valley: 1e-4, steepest: 1e-5 },
};

interface Drawn {
  readonly layer: readonly {
    readonly data: { readonly values: readonly Record<string, unknown>[] };
    readonly encoding: Record<'x' | 'y', { readonly scale: { readonly domain: readonly number[] } }>;
  }[];
}

const drawn = (of: LearningRateSearch) => learningRateCurve(of) as unknown as Drawn;

test('both losses are lines over the rate, and the suggestions are marked with their names and values', async () => {
  const svg = await checkedSvg(learningRateCurve(search));
  assert.equal(count(svg, /aria-roledescription="line mark"/g), 2);
  assert.equal(count(svg, /aria-roledescription="point"/g), 2);
  for (const text of [
    'Search for a learning rate',
    'learning rate',
    'loss',
    'smoothed loss',
    "a batch's loss",
  ])
    assert.ok(textsOf(svg).includes(text), text);
  for (const text of ['valley 1.0e-4', 'steepest 1.0e-5']) assert.ok(textsOf(svg).includes(text), text);
});

test('every point is in the data, and the marks lie on the smoothed curve', () => {
  const [batches, smoothed, marks] = drawn(search).layer.map(({ data }) => data.values);
  assert.deepEqual([batches.length, smoothed.length], [7, 7]);
  assert.deepEqual(batches[0], { rate: 1e-6, loss: 1.75, line: "a batch's loss" });
  assert.deepEqual(smoothed[0], { rate: 1e-6, loss: 2, line: 'smoothed loss' });
  assert.deepEqual(
    marks.map(({ name, rate, loss }) => [name, rate, loss]),
    [
      ['valley', 1e-4, 1.5],
      ['steepest', 1e-5, 2],
    ],
  );
});

test('the axis of rates ends at powers of ten, that of losses where they explode', () => {
  const losses = (of: LearningRateSearch) => drawn(of).layer[0].encoding.y.scale.domain;
  assert.deepEqual(drawn(search).layer[0].encoding.x.scale.domain, [1e-6, 1]);
  assert.deepEqual(losses(search), [0, 2.5]); // 1.25 times the first one
  assert.deepEqual(losses({ ...search, points: search.points.slice(3) }), [0, 1]); // twice the lowest one
  assert.deepEqual(losses({ ...search, points: search.points.slice(3, 5) }), [0, 0.75]); // the highest one
});

test('a search without suggestions has its curve alone', async () => {
  const spec = learningRateCurve({ ...search, suggestion: { valley: Number.NaN, steepest: Number.NaN } });
  assert.equal(count(await checkedSvg(spec), /aria-roledescription="point"/g), 0);
});

test('a search that ended before its first point is refused', () => {
  assert.throws(() => learningRateCurve({ ...search, points: [] }), {
    name: 'RangeError',
    message:
      'cannot draw "Search for a learning rate"; at least one point is needed: 0; begin at a lower rate',
  });
});
