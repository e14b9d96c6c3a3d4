import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median } from '../../lib/src/plot/mean';

test('the median is the middle number, or the mean of the middle two, in any order', () => {
  assert.equal(median([3, 1, 100]), 3);
  assert.equal(median([4, 1, 100, 2]), 3);
  assert.equal(median([10, 9]), 9.5);
  assert.equal(median([7]), 7);
});

test('the numbers stay in their order', () => {
  const times = [3, 1, 2];
  median(times);
  assert.deepEqual(times, [3, 1, 2]);
});

test('there is no median of nothing', () => {
  assert.ok(Number.isNaN(median([])));
});
