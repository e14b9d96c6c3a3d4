import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { generatedImages } from '../../lib/src/data/generated-images';
import type { Split } from '../../lib/src/data/split';
import { type Whitening, whitening } from '../../lib/src/data/whitening';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { smallSplit } from './small-split';

const split = generatedImages({ train: 120, test: 1 }).train;
const ofSplit = whitening(split);

/** What the filters put out for every patch of every image: their means, `[filters]`, and covariances, `[filters][filters]`. */
function statistics(
  of: Split,
  { size, kernel, bias }: Whitening,
): { means: number[]; covariance: number[][] } {
  const [height, width, channels] = of.imageShape;
  return tf.tidy(() => {
    const pixels = Float32Array.from(of.images, (byte) => byte / 255);
    const images = tf.tensor4d(pixels, [of.labels.length, height, width, channels]);
    const filters = tf.tensor4d(kernel, [size, size, channels, bias.length]);
    const outputs = (tf.conv2d(images, filters, 1, 'valid') as Tensor4D).add(tf.tensor1d(bias));
    const rows = outputs.reshape([-1, bias.length]) as Tensor2D;
    const means = rows.mean(0);
    const centred = rows.sub(means) as Tensor2D;
    const covariance = tf.matMul(centred, centred, true).div(rows.shape[0]) as Tensor2D;
    return { means: [...means.dataSync()], covariance: covariance.arraySync() };
  });
}

/** Of a filter's output: 1, but for the 3e-5 that was added to the variance of its direction, whose root its length divides by. */
function varianceOf({ kernel }: Whitening, filter: number): number {
  const weights = Array.from({ length: 12 }, (_, i) => kernel[24 * i + filter]);
  return 1 - 3e-5 * weights.reduce((sum, weight) => sum + weight * weight, 0);
}

test("over a split's patches either half of the filters has mean 0, variance 1 and no correlation", async () => {
  await withoutLeaks(() => {
    assert.ok(varianceOf(ofSplit, 0) > 0.99 && varianceOf(ofSplit, 11) > 0.9);
    const { means, covariance } = statistics(split, ofSplit);
    assert.equal(means.length, 24);
    for (const half of [0, 12]) {
      for (let i = half; i < half + 12; i++) {
        assert.ok(Math.abs(means[i]) < 0.03, `filter ${i}: mean ${means[i]}`);
        for (let j = half; j < half + 12; j++) {
          const expected = i === j ? varianceOf(ofSplit, i) : 0;
          const off = Math.abs(covariance[i][j] - expected);
          assert.ok(off < 0.03, `filters ${i} and ${j}: ${covariance[i][j]}`);
        }
      }
    }
  });
});

test('before whitening the patches were far from that', async () => {
  const identity = new Float32Array(12 * 12).map((_, at) => (at % 13 === 0 ? 1 : 0)); // each filter takes one pixel's channel
  const { covariance } = statistics(split, { size: 2, kernel: identity, bias: new Float32Array(12) });
  const correlation = covariance[0][3] / Math.sqrt(covariance[0][0] * covariance[3][3]); // red, and red of its neighbour
  assert.ok(correlation > 0.5, `${correlation}`);
});

test('the second half of the filters is the first with the other sign', () => {
  const { kernel, bias } = ofSplit;
  assert.deepEqual([kernel.length, bias.length, ofSplit.size], [12 * 24, 24, 2]);
  for (let filter = 0; filter < 12; filter++) {
    assert.equal(bias[12 + filter], -bias[filter]);
    for (let i = 0; i < 12; i++) assert.equal(kernel[24 * i + 12 + filter], -kernel[24 * i + filter]);
  }
});

test('the direction of highest variance comes first: all pixels brighter or darker together', () => {
  const first = Array.from({ length: 12 }, (_, i) => ofSplit.kernel[24 * i]);
  assert.ok(first.every((weight) => weight > 0));
  const length = (filter: number) =>
    Math.hypot(...Array.from({ length: 12 }, (_, i) => ofSplit.kernel[24 * i + filter]));
  for (let filter = 1; filter < 12; filter++) assert.ok(length(filter) >= length(filter - 1) * 0.999);
});

test('it is the same for the same split and seed, and nearly so for another seed', () => {
  assert.deepEqual(whitening(split), ofSplit);
  assert.deepEqual(whitening(split, 0), ofSplit);
  const other = whitening(split, 1);
  assert.notDeepEqual(other, ofSplit);
  const { covariance } = statistics(split, other);
  covariance.slice(0, 12).forEach((row, i) => {
    assert.ok(Math.abs(row[i] - varianceOf(other, i)) < 0.03, `filter ${i}: ${row[i]}`);
  });
});

/** Images of one channel, each of one brightness. */
function even(n: number, imageShape: Split['imageShape']): Split {
  const bytes = imageShape.reduce((product, length) => product * length);
  const images = Uint8Array.from({ length: n * bytes }, (_, at) => Math.floor(at / bytes) * 20);
  return { ...smallSplit(Array(n).fill(0)), images, imageShape };
}

test('directions in which nothing varies are not blown up: noise there stays small', () => {
  const { kernel, bias } = whitening(even(12, [3, 3, 1]));
  assert.deepEqual([kernel.length, bias.length], [4 * 8, 8]);
  assert.ok([...kernel, ...bias].every(Number.isFinite));
  for (let filter = 1; filter < 4; filter++) {
    const length = Math.hypot(...[0, 1, 2, 3].map((i) => kernel[8 * i + filter]));
    assert.ok(Math.abs(length - 1 / Math.sqrt(3e-5)) < 0.1, `${length}`); // variance 0, and the 3e-5 that is added to it
  }
});

test('a split without images, and images smaller than a patch, are refused in words', () => {
  assert.throws(
    () => whitening(smallSplit([])),
    new RangeError('empty split; at least one image is needed: small training images has 0'),
  );
  assert.throws(
    () => whitening(smallSplit([0, 1])),
    new RangeError('cannot whiten small training images; its images must have 2x2 pixels at least: 2x1'),
  );
});
