import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classCounts, take } from '../../lib/src/data/take';
import { smallSplit } from './small-split';

test('take gives the first images of each class, in the order of the split', () => {
  const split = smallSplit([0, 0, 0, 1, 0, 1, 2, 2, 1, 2]);
  const part = take(split, 6);
  assert.deepEqual([...part.labels], [0, 0, 1, 1, 2, 2]);
  assert.deepEqual([...part.images], [0, 0, 1, 0, 3, 1, 5, 1, 6, 2, 7, 2]);
  assert.deepEqual(classCounts(part), [2, 2, 2]);
  assert.deepEqual(part.classNames, split.classNames);
});

test('what does not divide evenly goes to the first classes, what a class lacks to the others', () => {
  assert.deepEqual(classCounts(take(smallSplit([0, 0, 0, 1, 1, 1, 2, 2, 2]), 5)), [2, 2, 1]);
  assert.deepEqual(classCounts(take(smallSplit([0, 0, 0, 0, 0, 1, 2, 2, 2]), 7)), [3, 1, 3]);
  assert.deepEqual(classCounts(take(smallSplit([0, 0, 0, 0]), 3)), [3, 0, 0]);
});

test('a part says so in its name, the whole keeps its own', () => {
  const split = smallSplit(Array(2500).fill(0));
  assert.equal(take(split, 2000).name, 'small training images, first 2,000');
  assert.equal(take(split, 2500), split);
  assert.equal(take(split, 9999), split);
});

test('numbers of images that make no sense are refused', () => {
  for (const n of [0, -5, 1.5, Number.NaN]) {
    assert.throws(() => take(smallSplit([0, 1]), n), {
      name: 'RangeError',
      message: `invalid number of images; not a positive integer: ${n}`,
    });
  }
});

test('class counts refuse a label without a class', () => {
  assert.deepEqual(classCounts(smallSplit([2, 2, 0])), [1, 0, 2]);
  assert.throws(() => classCounts(smallSplit([0, 3])), {
    name: 'RangeError',
    message: 'invalid label; not in [0, 3): 3',
  });
});
