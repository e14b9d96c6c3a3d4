import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { batchOf } from '../../lib/src/data/batches';
import { featuresOf } from '../../lib/src/evaluate/activations';
import { type Embedding, embedding, nearest, projected } from '../../lib/src/explain/embedding';
import { cifarResNet } from '../../lib/src/model/cifar-resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { smallSplit } from './small-nets';

/** Four images with two features each. */
const FOUR: Embedding = {
  features: Float32Array.of(1, 0, 2, 2, -3, 0, 4, 0.5),
  size: 2,
  labels: Uint8Array.of(0, 1, 1, 0),
  classNames: ['a', 'b'],
  splitName: 'four',
};

test('the features are what the last dense layer takes in, whatever the batch size', async () => {
  const model = cifarResNet(8, { inputShape: [8, 8, 3], classes: 3, seed: 1 });
  const split = smallSplit(7);
  const { images } = batchOf(split, [0, 1, 2, 3, 4, 5, 6]);
  const expected = featuresOf(model, 'head_pool', images as Tensor4D).dataSync();
  for (const batchSize of [3, 250]) {
    const { features, size, ...rest } = await embedding(model, split, { batchSize });
    assert.deepEqual([size, features.length], [64, 7 * 64]);
    features.forEach((value, i) => {
      assert.ok(Math.abs(value - expected[i]) < 1e-5);
    });
    assert.deepEqual(rest, { labels: split.labels, classNames: split.classNames, splitName: 'small' });
  }
});

test('an embedding may be asked for again and again, and leaves no tensor behind', async () => {
  const model = cifarResNet(8, { inputShape: [8, 8, 3], classes: 3, seed: 1 });
  for (const compile of [{}, false] as const) {
    await withoutLeaks(() => embedding(model, smallSplit(4), { compile }));
    await withoutLeaks(() => embedding(model, smallSplit(5), { compile }));
  }
});

test('a softmax of its own after the dense layer is passed over', async () => {
  const layers = [
    tf.layers.flatten({ inputShape: [8, 8, 3] }),
    tf.layers.dense({ units: 3 }),
    tf.layers.softmax() as tf.layers.Layer,
  ];
  const split = smallSplit(2);
  const { features, size } = await embedding(tf.sequential({ layers }), split);
  assert.equal(size, 192);
  assert.ok(Math.abs(features[0] - split.images[0] / 255) < 1e-6);
});

test('a net without a dense layer at its end is refused', async () => {
  const layers = [
    tf.layers.conv2d({ filters: 3, kernelSize: 1, inputShape: [8, 8, 3] }),
    tf.layers.globalAveragePooling2d({ name: 'pool' }),
  ];
  await assert.rejects(embedding(tf.sequential({ layers }), smallSplit(2)), {
    name: 'TypeError',
    message:
      'cannot find features; the model must end in a dense layer: its last layer is pool, of class GlobalAveragePooling2D',
  });
});

test('neighbours are ordered by the angle alone', () => {
  const [first, second, third] = nearest(FOUR, 0);
  assert.deepEqual([first.index, second.index, third.index], [3, 1, 2]);
  assert.ok(Math.abs(first.similarity - 4 / Math.hypot(4, 0.5)) < 1e-6);
  assert.ok(Math.abs(second.similarity - Math.SQRT1_2) < 1e-6);
  assert.equal(third.similarity, -1);
  assert.deepEqual(nearest(FOUR, 0, 1), [first]);
});

test('features of only zeros are like no others', () => {
  const features = Float32Array.of(0, 0, 2, 2, -3, 0, 4, 0.5);
  assert.deepEqual(
    nearest({ ...FOUR, features }, 0).map(({ index, similarity }) => [index, similarity]),
    [
      [1, 0],
      [2, 0],
      [3, 0],
    ],
  );
});

test('no image and no number of neighbours but a possible one', () => {
  for (const index of [-1, 4, 0.5]) {
    const message = `invalid index; not in [0, 4): ${index}`;
    assert.throws(() => nearest(FOUR, index), { name: 'RangeError', message });
  }
  assert.throws(() => nearest(FOUR, 0, 0), {
    name: 'RangeError',
    message: 'invalid k; not a positive integer: 0',
  });
});

test('the plane is that of the principal components, one point an image', () => {
  const line: Embedding = { ...FOUR, features: Float32Array.of(0, 0, 3, 4, 6, 8, 9, 12) };
  const { points, shares } = projected(line, 1);
  points.forEach((point, i) => {
    assert.ok(Math.abs(point - (5 * i - 7.5)) < 1e-5); // the mean lies halfway
  });
  assert.ok(Math.abs(shares[0] - 1) < 1e-9);
  assert.equal(projected(FOUR).points.length, 8);
});
