import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { split } from '../../lib/src/data/hold-out';
import type { Split } from '../../lib/src/data/split';
import { classCounts } from '../../lib/src/data/take';
import { smallSplit } from './small-split';

/** Which images of a small split these are: the first byte of each. */
const imagesOf = ({ images }: Split) => [...images].filter((_, i) => i % 2 === 0);

/** `counts[c]` images of every class `c`, the classes by turns. */
function splitOf(counts: readonly number[]): Split {
  const rows = Array.from({ length: Math.max(...counts) }, (_, i) => i);
  return smallSplit(
    rows.flatMap((i) => counts.flatMap((count, c) => (i < count ? [c] : []))),
    counts.length,
  );
}

test('a held-out split has the same share of every class', () => {
  const [train, validation] = split(splitOf([100, 60, 20]), 90, 45, 1);
  assert.deepEqual(classCounts(train), [50, 30, 10]);
  assert.deepEqual(classCounts(validation), [25, 15, 5]);
});

test('what does not divide evenly goes to the classes with the largest remainders', () => {
  const [train, validation] = split(splitOf([10, 10, 10]), 25, 5, 1);
  assert.deepEqual(classCounts(validation), [2, 2, 1]);
  assert.deepEqual(classCounts(train), [8, 8, 9]);
  assert.deepEqual(classCounts(split(splitOf([5, 13, 2]), 10, 10, 1)[1]), [3, 6, 1]); // of 2.5, 6.5 and 1
});

test('two parts have no image in common, go by the order of the split, and keep labels with their images', () => {
  const whole = splitOf([40, 40, 20]);
  const parts = split(whole, 60, 40, 3);
  for (const part of parts) {
    const images = imagesOf(part);
    assert.deepEqual(
      images,
      [...images].sort((a, b) => a - b),
    );
    assert.deepEqual(
      [...part.labels],
      images.map((i) => whole.labels[i]),
    );
    assert.deepEqual([part.classNames, part.imageShape], [whole.classNames, whole.imageShape]);
  }
  const together = parts.flatMap(imagesOf).sort((a, b) => a - b);
  assert.deepEqual(together, imagesOf(whole));
});

test('the seed draws the parts: the same again, others with another', () => {
  const whole = splitOf([50, 50]);
  const held = (seed: number) => imagesOf(split(whole, 80, 20, seed)[1]);
  assert.deepEqual(held(1), held(1));
  assert.notDeepEqual(held(1), held(2));
});

test('training on fewer images is validated on the same ones', () => {
  const whole = splitOf([50, 31, 19]);
  assert.deepEqual(imagesOf(split(whole, 20, 15, 1)[1]), imagesOf(split(whole, 85, 15, 1)[1]));
});

test('every part has its size and every class its share, within one image of the whole and two of a part of it', () => {
  const sizes = fc
    .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 })
    .filter((counts) => counts.reduce((sum, count) => sum + count) >= 2)
    .chain((counts) => {
      const n = counts.reduce((sum, count) => sum + count);
      return fc.integer({ min: 1, max: n - 1 }).chain((validation) =>
        fc.record({
          counts: fc.constant(counts),
          validation: fc.constant(validation),
          train: fc.oneof(fc.constant(n - validation), fc.integer({ min: 1, max: n - validation })),
        }),
      );
    });
  fc.assert(
    fc.property(sizes, ({ counts, validation, train }) => {
      const n = counts.reduce((sum, count) => sum + count);
      const [kept, held] = split(splitOf(counts), train, validation, 1);
      assert.deepEqual([kept.labels.length, held.labels.length], [train, validation]);
      assert.equal(new Set([...imagesOf(kept), ...imagesOf(held)]).size, train + validation);
      const within = train + validation === n ? 1 : 2;
      classCounts(held).forEach((count, c) => {
        assert.ok(Math.abs(count - (counts[c] * validation) / n) < 1);
      });
      classCounts(kept).forEach((count, c) => {
        assert.ok(Math.abs(count - (counts[c] * train) / n) < within);
      });
    }),
  );
});

test('names say how many images a part has and what they are for', () => {
  const whole = { ...smallSplit(Array(6000).fill(0)), name: 'CIFAR-10 training images' };
  assert.deepEqual(
    split(whole, 4500, 1500, 1).map(({ name }) => name),
    ['CIFAR-10 training images, 4,500 to train on', 'CIFAR-10 training images, 1,500 held out'],
  );
});

test('sizes that make no sense are refused', () => {
  const whole = smallSplit([0, 1, 2]);
  for (const n of [0, -5, 1.5, Number.NaN]) {
    assert.throws(() => split(whole, n, 1, 1), {
      name: 'RangeError',
      message: `invalid train; not a positive integer: ${n}`,
    });
    assert.throws(() => split(whole, 1, n, 1), {
      name: 'RangeError',
      message: `invalid validation; not a positive integer: ${n}`,
    });
  }
  assert.throws(() => split(whole, 45_000, 5_000, 1), {
    name: 'RangeError',
    message: 'invalid train and validation; "small training images" has 3 images: 45,000 + 5,000',
  });
  assert.throws(() => split(whole, 2, 1, -1), {
    name: 'RangeError',
    message: 'invalid seed; not an integer from 0 to 2^53 - 1: -1',
  });
});
