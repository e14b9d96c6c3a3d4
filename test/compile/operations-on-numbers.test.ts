/** Numbers, operation by operation: what a compiled function computes is what TensorFlow.js computes eagerly, gradients included. */
import test from 'node:test';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../lib/src/tensorflow/load';
import { noiseTensor } from './compared';
import { assertAlike, type Fn, gradientOf, WITHOUT_GRADIENT, WITHOUT_SPREAD_GRADIENT } from './operation';

const unary: Record<string, (x: Tensor) => Tensor> = {
  abs: tf.abs,
  acosh: (x) => x.abs().add(1.5).acosh(),
  asin: (x) => x.mul(0.9).asin(),
  atan: tf.atan,
  ceil: tf.ceil,
  clipByValue: (x) => x.clipByValue(-0.5, 0.5),
  cos: tf.cos,
  elu: tf.elu,
  erf: tf.erf,
  exp: tf.exp,
  expm1: tf.expm1,
  floor: tf.floor,
  leakyRelu: (x) => tf.leakyRelu(x, 0.1),
  log: (x) => x.abs().add(0.1).log(),
  log1p: (x) => x.abs().log1p(),
  logSigmoid: tf.logSigmoid,
  logSoftmax: (x) => tf.logSoftmax(x as Tensor2D),
  neg: tf.neg,
  pow: (x) => x.abs().add(0.1).pow(2.5),
  reciprocal: (x) => x.abs().add(1).reciprocal(),
  relu: tf.relu,
  relu6: (x) => tf.relu6(x.mul(10)),
  round: tf.round,
  rsqrt: (x) => x.abs().add(0.1).rsqrt(),
  selu: tf.selu,
  sigmoid: tf.sigmoid,
  sign: tf.sign,
  sin: tf.sin,
  sinh: tf.sinh,
  softmax: (x) => tf.softmax(x),
  softplus: tf.softplus,
  sqrt: (x) => x.abs().add(0.1).sqrt(),
  square: tf.square,
  tan: tf.tan,
  tanh: tf.tanh,
};

test('functions of one number, and their gradients', async () => {
  const x = noiseTensor([3, 4], 1);
  for (const [name, fn] of Object.entries(unary)) {
    await assertAlike(name, fn, [x]);
    await assertAlike(`the gradient of ${name}`, gradientOf(fn), [x]);
  }
  x.dispose();
});

const binary: Record<string, (x: Tensor, y: Tensor) => Tensor> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: (x, y) => tf.div(x, y.abs().add(0.5)),
  divNoNan: (x, y) => tf.divNoNan(x, y.relu()),
  floorDiv: (x, y) => tf.floorDiv(x.mul(10), y.abs().add(0.5)),
  mod: (x, y) => tf.mod(x.mul(10), y.abs().add(0.5)),
  pow: (x, y) => tf.pow(x.abs().add(0.1), y),
  atan2: tf.atan2,
  maximum: tf.maximum,
  minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
  prelu: (x, y) => tf.prelu(x, y),
  where: (x, y) => tf.where(x.greater(y), x, y.mul(2)),
};

test('functions of two numbers, which are spread over each other, and their gradients', async () => {
  const x = noiseTensor([3, 4], 1);
  for (const shape of [[3, 4], [4], [3, 1], []]) {
    const y = noiseTensor(shape, 2);
    for (const [name, fn] of Object.entries(binary)) {
      await assertAlike(`${name} with [${shape}]`, fn, [x, y]);
      const spread = shape.length < 2 || shape[1] === 1;
      if (WITHOUT_GRADIENT.includes(name) || (spread && WITHOUT_SPREAD_GRADIENT.includes(name))) continue;
      const gradients = (x: Tensor, y: Tensor) => tf.grads((x, y) => fn(x, y).sum())([x, y]);
      await assertAlike(`the gradients of ${name} with [${shape}]`, gradients, [x, y]);
    }
    y.dispose();
  }
  x.dispose();
});

const comparing: Record<string, Fn> = {
  equal: (x, y) => tf.equal(x, y),
  notEqual: (x, y) => tf.notEqual(x, y),
  greater: (x, y) => tf.greater(x, y),
  lessEqual: (x, y) => tf.lessEqual(x, y),
  logicalAnd: (x, y) => tf.logicalAnd(x.toBool(), y.greater(0)),
  logicalOr: (x, y) => tf.logicalOr(x.toBool(), y.greater(0)),
  logicalXor: (x, y) => tf.logicalXor(x.toBool(), y.greater(0)),
  logicalNot: (x) => tf.logicalNot(x.greater(0)),
  isNaN: (x) => tf.isNaN(x.div(x)),
  isFinite: (x) => tf.isFinite(x.div(0)),
  any: (x, y) => tf.any(x.greater(y), 0),
  all: (x, y) => tf.all(x.greater(y), 0),
  'mean of booleans': (x, y) => tf.mean(tf.equal(x, y)),
  'sum of booleans': (x, y) => tf.sum(tf.equal(x, y)),
  casts: (x) => [
    x.mul(3).toInt(),
    x.toBool().toFloat(),
    x.mul(3).toInt().toFloat(),
    x.toInt().toBool().toInt(),
  ],
};

test('comparisons and booleans', async () => {
  const [x, y] = [
    tf.tensor2d([
      [0, 1, -1],
      [2, -2, 3],
    ]),
    tf.tensor2d([
      [0, 2, -2],
      [2, 0, -3],
    ]),
  ];
  for (const [name, fn] of Object.entries(comparing)) await assertAlike(name, fn, [x, y]);
  tf.dispose([x, y]);
});
