/** Each rule by a graph made by hand, and by what the graph computes before and after. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { checkGraph, type Ref } from '../../lib/src/compile/graph';
import { optimise } from '../../lib/src/compile/optimise';
import type { TensorSpec } from '../../lib/src/tensorflow/dtypes';
import { tf } from '../../lib/src/tensorflow/load';
import { variable } from './compared';
import {
  assertSameFunction,
  assertSameResults,
  byHand,
  constant,
  float,
  graph,
  input,
  node,
  opsOf,
  run,
} from './small-graph';

test('a variable added to a convolution along its channels is its bias', async () => {
  const kernel = variable([[[[1, 2]]]]);
  const bias = variable([10, 20]);
  const one = variable([10]);
  const outputs = float(1, 2, 2, 1);
  const convolved = (x: Tensor4D) => tf.conv2d(x, kernel as never, 1, 'same');
  const after = await assertSameFunction((x: Tensor4D) => convolved(x).add(bias), outputs);
  assert.ok(opsOf(after).includes('BiasAdd') && !opsOf(after).includes('Add'));
  for (const other of [one, tf.tensor1d([1, 2]), tf.ones([2, 2, 2])]) {
    const kept = await assertSameFunction((x: Tensor4D) => convolved(x).add(other), outputs);
    assert.ok(!opsOf(kept).includes('BiasAdd'), `${other.shape}`);
    if (other !== one) other.dispose();
  }
  tf.dispose([kernel, bias, one]);
});

test('the gradient of a bias before batch norm in training is 0, and not computed', async () => {
  const gradient = ({
    isTraining = true,
    output = 0,
    axes = [0, 1, 2],
    result = float(2),
    keepDims = false,
  }) => {
    const [images, channels] = [float(2, 3, 3, 2), float(2)];
    const attrs = {
      is_training: { bool: isTraining },
      epsilon: { float: 0.001 },
      data_format: { string: 'NHWC' },
    };
    const inputs: Ref[] = ['dy:0', 'x:0', 'one:0', 'one:0', 'two:0', 'two:0'];
    const nodes = [
      input('dy', images),
      input('x', images),
      constant('one', [1, 1]),
      constant('two', [2, 2]),
      node('norm', 'FusedBatchNormGradV3', inputs, [images, channels, channels, float(0), float(0)], {
        attrs,
      }),
      constant('axes', axes, 'int32'),
      node('bias', 'Sum', [`norm:${output}`, 'axes:0'], [result], {
        attrs: { keep_dims: { bool: keepDims } },
      }),
    ];
    return optimise(graph(nodes, ['bias:0']));
  };
  for (const each of [gradient({}), gradient({ result: float(1, 1, 1, 2), keepDims: true })]) {
    checkGraph(each);
    assert.deepEqual(opsOf(each), ['Placeholder', 'Placeholder', 'Const']);
    assert.deepEqual(await run(byHand(each)), [[0, 0]]);
  }
  const others = [
    gradient({ isTraining: false }), // there the mean is a constant
    gradient({ axes: [1, 2], result: float(2, 2) }),
    gradient({ axes: [0, 1, 2, 3], result: float() }),
    gradient({ output: 1, axes: [0], result: float() }),
  ];
  for (const each of others) assert.ok(opsOf(each).includes('Sum'));
});

test('a product of matrices is that, not one of batches of one', async () => {
  const product = (a: number[], b: number[], adj = false) => {
    const [m, n] = [adj ? a[1] : a[0], adj ? b[0] : b[1]];
    const attrs = { adj_x: { bool: adj }, adj_y: { bool: adj } };
    const nodes = [
      input('a', float(...a)),
      input('b', float(...b)),
      constant('shape_a', [1, ...a], 'int32'),
      constant('shape_b', [1, ...b], 'int32'),
      constant('shape', [m, n], 'int32'),
      node('batch_a', 'Reshape', ['a:0', 'shape_a:0'], [float(1, ...a)]),
      node('batch_b', 'Reshape', ['b:0', 'shape_b:0'], [float(1, ...b)]),
      node('batch', 'BatchMatMulV2', ['batch_a:0', 'batch_b:0'], [float(1, m, n)], { attrs }),
      node('product', 'Reshape', ['batch:0', 'shape:0'], [float(m, n)]),
    ];
    return graph(nodes, ['product:0']);
  };
  assert.deepEqual(opsOf(await assertSameResults(product([2, 3], [3, 4]))), [
    'Placeholder',
    'Placeholder',
    'MatMul',
  ]);
  assert.deepEqual(opsOf(await assertSameResults(product([3, 2], [4, 3], true))), [
    'Placeholder',
    'Placeholder',
    'MatMul',
  ]);
  const flat = product([2, 3], [3, 4]);
  const kept = flat.nodes.map((each) => {
    if (each.name === 'shape') return constant('shape', [8], 'int32');
    return each.name === 'product' ? { ...each, outputs: [float(8)] } : each;
  });
  assert.ok(opsOf(await assertSameResults({ ...flat, nodes: kept })).includes('BatchMatMulV2'));
});

test('products of real batches stay, of one or of several', async () => {
  for (const batch of [1, 2]) {
    const nodes = [
      input('a', float(batch, 2, 3)),
      input('b', float(batch, 3, 4)),
      constant('shape_a', [1, batch, 2, 3], 'int32'),
      constant('shape_b', [1, batch, 3, 4], 'int32'),
      constant('shape', [batch, 2, 4], 'int32'),
      node('batch_a', 'Reshape', ['a:0', 'shape_a:0'], [float(1, batch, 2, 3)]),
      node('batch_b', 'Reshape', ['b:0', 'shape_b:0'], [float(1, batch, 3, 4)]),
      node('batch', 'BatchMatMulV2', ['batch_a:0', 'batch_b:0'], [float(1, batch, 2, 4)], {
        attrs: { adj_x: { bool: false }, adj_y: { bool: false } },
      }),
      node('product', 'Reshape', ['batch:0', 'shape:0'], [float(batch, 2, 4)]),
    ];
    assert.ok(opsOf(await assertSameResults(graph(nodes, ['product:0']))).includes('BatchMatMulV2'));
  }
});

test('products recorded from TensorFlow.js, transposed or not, compute the same', async () => {
  for (const [a, b] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ]) {
    const [x, y] = [a ? float(3, 2) : float(2, 3), b ? float(4, 3) : float(3, 4)];
    await assertSameFunction((x: Tensor2D, y: Tensor2D) => tf.matMul(x, y, a, b), x, y);
  }
});

test('the most probable class is looked for among the logits', async () => {
  const classes = (axis: number) => (x: Tensor2D) =>
    tf.argMax(tf.softmax(x.sub(3).square() as Tensor2D), axis);
  const after = await assertSameFunction(classes(-1), float(2, 4));
  assert.ok(!opsOf(after).includes('Softmax'));
  assert.ok(opsOf(await assertSameFunction(classes(0), float(2, 4))).includes('Softmax'));
  const both = (x: Tensor2D) => [tf.softmax(x), tf.argMax(tf.softmax(x), 1)];
  await assertSameFunction(both, float(2, 4));
});

test('bytes become floats by one cast', async () => {
  const bytes: TensorSpec = { dtype: 'uint8', shape: [3] };
  const toFloat = await assertSameFunction((x: Tensor) => x.toFloat(), bytes);
  assert.deepEqual(opsOf(toFloat), ['Placeholder', 'Cast']);
  const toInt = await assertSameFunction((x: Tensor) => x.toInt(), bytes);
  assert.deepEqual(opsOf(toInt), ['Placeholder', 'Cast']);
  await assertSameFunction((x: Tensor) => [x.toFloat(), x, x.toBool()], bytes);
});

test('a cast that loses something stays', async () => {
  const bytes: TensorSpec = { dtype: 'uint8', shape: [3] };
  await assertSameFunction((x: Tensor) => x.toBool().toFloat(), bytes); // 0, 1, 1
  await assertSameFunction((x: Tensor) => x.mul(0.6).toInt().toFloat(), float(4)); // 0, 0, 1, 1
  await assertSameFunction((x: Tensor) => x.toInt().toFloat().toInt(), float(4));
});

test('a reshaping to the same shape is none', async () => {
  const same = await assertSameFunction((x: Tensor) => x.reshape([2, 3]).add(1), float(2, 3));
  assert.ok(!opsOf(same).includes('Reshape'));
  const other = await assertSameFunction((x: Tensor) => x.reshape([3, 2]).add(1), float(2, 3));
  assert.ok(opsOf(other).includes('Reshape'));
});

test('a bias that spreads a column is none', async () => {
  const bias = variable([1, 2, 3]);
  const column = (x: Tensor2D) => tf.matMul(x, tf.ones([2, 1])).add(bias); // [5, 1] + [3]
  const kept = await assertSameFunction(column, float(5, 2));
  assert.ok(!opsOf(kept).includes('BiasAdd'));
  bias.dispose();
});
