import assert from 'node:assert/strict';
import test from 'node:test';
import { type RatePoint, steepest, suggestRates, valley } from '../../lib/src/train/suggest-rates';

/** A search whose step `i` has the rate `10^i`, or another, and this smoothed loss. */
const searchOf = (losses: readonly number[], rateOf = (i: number) => 10 ** i): RatePoint[] =>
  losses.map((smoothedLoss, i) => ({ rate: rateOf(i), loss: Number.NaN, smoothedLoss }));

/** Flat, falling and rising again, with ripples. */
const searchLike = (n: number, phase: number): RatePoint[] =>
  searchOf(
    Array.from({ length: n }, (_, i) => {
      const fall = 1.2 / (1 + Math.exp(-(i - 0.55 * n) / (0.06 * n)));
      return 2.3 - fall + 8 * Math.max(0, (i - 0.8 * n) / n) ** 2 + 0.03 * Math.sin(1.7 * i + phase);
    }),
    (i) => 1e-7 * 1e8 ** (i / (n - 1)),
  );

test('the suggestions are those that fast.ai makes of the same losses', () => {
  // [steps, phase, index of valley, index of steep], computed with fast.ai's own functions in Python
  for (const [steps, phase, atValley, atSteepest] of [
    [100, 0, 62, 53],
    [100, 2, 63, 52],
    [40, 1, 21, 23],
    [17, 0, 6, 9],
    [12, 3, 3, 5],
  ]) {
    const points = searchLike(steps, phase);
    assert.deepEqual(suggestRates(points, steps), {
      valley: points[atValley].rate,
      steepest: points[atSteepest].rate,
    });
  }
});

test('a valley is found by its longest series of falling losses, neighbours or not', () => {
  assert.equal(valley(searchOf([3, 2, 1])), 1);
  assert.equal(valley(searchOf([3, 3, 2, 1, 5])), 10);
  assert.equal(valley(searchOf([5, 4, 9, 3, 9, 2, 1, 0.5, 9])), 1e4);
});

test('the steepest fall is measured by the logarithm of the rate', () => {
  const points = searchOf([5, 4, 2.5, 2.4], (i) => [1, 10, 1000, 1001][i]);
  assert.equal(steepest(points), 1000); // 0.1 in a thousandth
  assert.equal(steepest(points.slice(0, 3)), 1); // 1 in one power of ten, not 1.5 in two
});

test('where no loss falls there is no suggestion', () => {
  for (const losses of [[], [2], [1, 2, 3], [1, 1, 1]]) {
    assert.ok(Number.isNaN(valley(searchOf(losses))), `${losses}`);
    assert.ok(Number.isNaN(steepest(searchOf(losses))), `${losses}`);
  }
});

test('two falling points are a valley, at the first of them', () => {
  assert.equal(valley(searchOf([2, 1])), 1); // fast.ai's function has index -1 here
});

test('the first tenth of the planned steps and the last five points make no suggestion', () => {
  const falls = [9, 1, 5, 5, 5, 4, 5, 5, 9, 8, 7, 6, 0];
  assert.equal(suggestRates(searchOf(falls), 20).steepest, 1e4);
  assert.deepEqual(suggestRates(searchOf([5, 4, 3, 2, 1]), 10), { valley: Number.NaN, steepest: Number.NaN });
});
