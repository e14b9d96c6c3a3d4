import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shardOf, shareOf } from '../../lib/src/train/shard';

const order = Int32Array.from({ length: 23 }, (_, i) => 100 + i);

test('one worker takes everything, in the order it has', () => {
  assert.deepEqual(shardOf(order, 6, { index: 0, size: 1 }), order);
  assert.deepEqual(shareOf(order, { index: 0, size: 1 }), order);
});

test('of every batch each worker takes its part, and together they take the batch', () => {
  const [first, second] = [0, 1].map((index) => [...shardOf(order, 6, { index, size: 2 })]);
  assert.deepEqual(first, [100, 101, 102, 106, 107, 108, 112, 113, 114, 118, 119]);
  assert.deepEqual(second, [103, 104, 105, 109, 110, 111, 115, 116, 117, 120, 121]);
});

test('of the last batch all take equally many, and what is left over is left out', () => {
  const lengths = [0, 1, 2].map((index) => shardOf(order, 6, { index, size: 3 }).length);
  assert.deepEqual(lengths, [7, 7, 7]); // three batches of two each, and one of the five that are left
  assert.deepEqual([...shardOf(order.subarray(0, 7), 6, { index: 2, size: 3 })], [104, 105]); // one image is no step for three
});

test('shares are neighbours, nearly equal, and all of them together are everything', () => {
  for (const size of [2, 3, 4, 7, 30]) {
    const shares = Array.from({ length: size }, (_, index) => [...shareOf(order, { index, size })]);
    assert.deepEqual(shares.flat(), [...order]);
    const lengths = shares.map(({ length }) => length);
    assert.ok(Math.max(...lengths) - Math.min(...lengths) <= 1, `${lengths}`);
  }
});
