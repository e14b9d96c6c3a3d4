/** Shapes, sums, products and images, operation by operation: what a compiled function computes is what TensorFlow.js computes eagerly, gradients included. */
import test from 'node:test';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../lib/src/tensorflow/load';
import { noiseTensor } from './compared';
import { assertAlike, type Fn, gradientOf, WITHOUT_GRADIENT } from './operation';

const reducing: Record<string, (x: Tensor) => Tensor> = {
  sum: (x) => x.sum([0, 2]),
  'sum with kept axes': (x) => x.sum([1], true),
  'sum over all but the last axis': (x) => x.sum([0, 1]),
  mean: (x) => x.mean(),
  'mean over an axis': (x) => x.mean(1),
  max: (x) => x.max(-1),
  min: (x) => x.min([0, 1]),
  prod: (x) => x.prod(0),
  logSumExp: (x) => x.logSumExp(1),
  norm: (x) => x.norm('euclidean', 1),
  moments: (x) => tf.moments(x, [0]).variance,
  cumsum: (x) => x.cumsum(2),
  'cumsum backwards': (x) => tf.cumsum(x, 2, true, true),
};

test('sums, means and extremes, and their gradients', async () => {
  const x = noiseTensor([2, 3, 4], 1);
  for (const [name, fn] of Object.entries(reducing)) {
    await assertAlike(name, fn, [x]);
    if (!WITHOUT_GRADIENT.includes(name)) await assertAlike(`the gradient of ${name}`, gradientOf(fn), [x]);
  }
  await assertAlike('argMax', (x) => [tf.argMax(x, 1), tf.argMin(x, 0), tf.argMax(x, 2).toFloat()], [x]);
  await assertAlike('topk', (x) => tf.topk(x, 2), [x]);
  x.dispose();
});

const shaping: Record<string, (x: Tensor) => Tensor> = {
  reshape: (x) => x.reshape([4, 6]),
  transpose: (x) => x.transpose([2, 0, 1]),
  expandDims: (x) => x.expandDims(1),
  squeeze: (x) => x.expandDims(0).squeeze([0]),
  slice: (x) => x.slice([0, 1, 1], [2, 2, -1]),
  stridedSlice: (x) => tf.stridedSlice(x, [0, 0, 0], [2, 3, 4], [1, 2, 2]),
  concat: (x) => tf.concat([x, x.mul(2)], 1),
  stack: (x) => tf.stack([x, x.mul(2)], 1),
  unstack: (x) => tf.unstack(x, 1)[2],
  split: (x) => tf.split(x, 2, 2)[1],
  tile: (x) => x.tile([1, 2, 1]),
  pad: (x) =>
    x.pad(
      [
        [1, 0],
        [0, 2],
        [1, 1],
      ],
      3,
    ),
  mirrorPad: (x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [1, 1],
        [1, 1],
      ],
      'reflect',
    ),
  reverse: (x) => x.reverse([0, 2]),
  gather: (x) => x.gather(tf.tensor1d([2, 0, 2], 'int32'), 1),
  broadcastTo: (x) => x.slice([0, 0, 0], [1, 3, 4]).broadcastTo([5, 3, 4]),
};

test('shapes, and their gradients', async () => {
  const x = noiseTensor([2, 3, 4], 1);
  for (const [name, fn] of Object.entries(shaping)) {
    await assertAlike(name, fn, [x]);
    if (!WITHOUT_GRADIENT.includes(name)) await assertAlike(`the gradient of ${name}`, gradientOf(fn), [x]);
  }
  await assertAlike(
    'gatherND',
    (x) =>
      tf.gatherND(
        x,
        tf.tensor2d(
          [
            [0, 1],
            [1, 2],
          ],
          [2, 2],
          'int32',
        ),
      ),
    [x],
  );
  await assertAlike('oneHot', (x) => tf.oneHot(tf.argMax(x, 2), 4), [x]);
  await assertAlike(
    'numbers of JavaScript',
    () => [tf.range(0, 5), tf.linspace(0, 1, 4), tf.eye(3), tf.fill([2], 7)],
    [],
  );
  x.dispose();
});

test('products of matrices, and their gradients', async () => {
  const [a, b, c] = [noiseTensor([2, 3, 4], 1), noiseTensor([2, 4, 5], 2), noiseTensor([4, 3], 3)];
  await assertAlike('matMul of batches', (a, b) => tf.matMul(a, b), [a, b]);
  await assertAlike('transposed', (a, b) => tf.matMul(b, a, true, true), [a, b]);
  await assertAlike(
    'dot',
    (c: Tensor2D) => [tf.dot(c, c.transpose()), tf.outerProduct(c.flatten(), c.flatten())],
    [c],
  );
  await assertAlike('einsum', (a, b) => tf.einsum('bij,bjk->ik', a, b), [a, b]);
  const gradients = (a: Tensor3D, b: Tensor3D) =>
    tf.grads((a, b) =>
      tf
        .matMul(a as Tensor3D, b as Tensor3D)
        .square()
        .sum(),
    )([a, b]);
  await assertAlike('the gradients of matMul', gradients, [a, b]);
  tf.dispose([a, b, c]);
});

const images: Record<string, (x: Tensor4D, k: Tensor4D) => Tensor> = {
  conv2d: (x, k) => tf.conv2d(x, k, 1, 'same'),
  'conv2d with strides': (x, k) => tf.conv2d(x, k, [2, 1], 'valid'),
  'conv2d with padding of its own': (x, k) =>
    tf.conv2d(
      x,
      k,
      2,
      [
        [0, 0],
        [1, 0],
        [0, 1],
        [0, 0],
      ],
      'NHWC',
      1,
      'floor',
    ),
  depthwiseConv2d: (x, k) => tf.depthwiseConv2d(x, k, 1, 'same'),
  maxPool: (x) => tf.maxPool(x, 3, 2, 'same'),
  avgPool: (x) => tf.avgPool(x, [2, 3], [2, 1], 'valid'),
  resizeBilinear: (x) => tf.image.resizeBilinear(x, [9, 5]),
  resizeNearestNeighbor: (x) => tf.image.resizeNearestNeighbor(x, [4, 11]),
};

test('convolutions, pools and resizing, and their gradients', async () => {
  const [x, k] = [noiseTensor([2, 7, 6, 3], 1), noiseTensor([3, 2, 3, 2], 2)];
  for (const [name, fn] of Object.entries(images)) {
    await assertAlike(name, fn, [x, k]);
    if (WITHOUT_GRADIENT.includes(name)) continue;
    const gradients = (x: Tensor, k: Tensor) =>
      tf.grads((x, k) =>
        fn(x as Tensor4D, k as Tensor4D)
          .square()
          .sum()
          .add(k.sum()),
      )([x, k]);
    await assertAlike(`the gradients of ${name}`, gradients, [x, k]);
  }
  const transposed = (x: Tensor4D, k: Tensor4D) => tf.conv2dTranspose(x, k, [2, 14, 12, 2], 2, 'same');
  const kernel = noiseTensor([3, 3, 2, 3], 3);
  await assertAlike('conv2dTranspose', transposed, [x, kernel]);
  await assertAlike(
    'flips',
    (x) => [
      tf.image.flipLeftRight(x),
      tf.spaceToBatchND(
        x.slice([0, 0, 0, 0], [2, 6, 6, 3]),
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
    ],
    [x],
  );
  tf.dispose([x, k, kernel]);
});

test('losses, and second derivatives', async () => {
  const [labels, scores] = [
    tf.tidy(() => tf.softmax(noiseTensor([4, 3], 1) as Tensor2D)),
    noiseTensor([4, 3], 2),
  ];
  const losses: Fn = (labels: Tensor2D, scores: Tensor2D) => [
    tf.losses.softmaxCrossEntropy(labels, scores),
    tf.losses.sigmoidCrossEntropy(labels, scores),
    tf.losses.meanSquaredError(labels, scores),
    tf.losses.huberLoss(labels, scores),
    tf.losses.cosineDistance(labels, scores, 1),
  ];
  await assertAlike('losses', losses, [labels, scores]);
  const hessian = (x: Tensor1D) =>
    tf.grad((x) =>
      tf
        .grad((x) => x.tanh().pow(3).sum() as Scalar)(x)
        .mul(x)
        .sum(),
    )(x);
  const x = noiseTensor([5], 3) as Tensor1D;
  await assertAlike('a second derivative', hessian, [x]);
  tf.dispose([labels, scores, x]);
});
