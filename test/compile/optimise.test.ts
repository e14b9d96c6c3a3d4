/** What is done to a whole graph; see rewrite-rules.test.ts for single nodes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { checkGraph } from '../../lib/src/compile/graph';
import { optimise, optimised } from '../../lib/src/compile/optimise';
import { liveNumber, record } from '../../lib/src/compile/record';
import type { TensorSpec } from '../../lib/src/tensorflow/dtypes';
import { tf } from '../../lib/src/tensorflow/load';
import { variable } from './compared';
import { assertSameResults, constant, float, graph, input, node, opsOf, run } from './small-graph';

test('constants of equal type, shape and values become one', async () => {
  const nodes = [
    constant('a', [1, 2]),
    constant('b', [1, 2]),
    constant('c', [1, 2], 'float32', [2, 1]),
    constant('d', [1, 3]),
    constant('zero', [0, 1]),
    constant('minus_zero', [-0, 1]),
    node('sum', 'AddV2', ['a:0', 'b:0'], [float(2)]),
    node('more', 'AddV2', ['sum:0', 'd:0'], [float(2)]),
  ];
  const after = await assertSameResults(graph(nodes, ['more:0', 'b:0', 'c:0', 'zero:0', 'minus_zero:0']));
  assert.deepEqual(
    after.nodes.map(({ name }) => name),
    ['a', 'c', 'd', 'zero', 'minus_zero', 'sum', 'more'],
  );
  assert.deepEqual(after.nodes.find(({ name }) => name === 'sum')?.inputs, ['a:0', 'a:0']);
  assert.deepEqual(after.results, ['more:0', 'a:0', 'c:0', 'zero:0', 'minus_zero:0']);
});

test('constants too large to compare stay apart', () => {
  const long = Array.from({ length: 300 }, (_, i) => i); // 1,200 bytes
  const after = optimise(graph([constant('a', long), constant('b', long)], ['a:0', 'b:0']));
  assert.equal(after.nodes.length, 2);
});

test('nodes that nothing needs are gone, the parameters of the function are not', async () => {
  const used = variable(2);
  const unused = variable(3);
  const fn = (x: Tensor2D, _: Tensor) => {
    x.matMul(x).add(unused);
    liveNumber(() => assert.fail('read though nothing needs it'));
    return x.mul(used).mul(liveNumber(() => 5));
  };
  const recording = record(fn as never, [float(2, 2), float(7)], 'the function');
  const after = optimised(recording);
  assert.deepEqual(
    after.graph.inputs.map(({ shape, live }) => [shape, live]),
    [
      [[2, 2], false],
      [[7], false],
      [[], true],
    ],
  );
  assert.deepEqual(opsOf(after.graph).sort(), [
    'Mul',
    'Mul',
    'Placeholder',
    'Placeholder',
    'Placeholder',
    'ReadVariableOp',
    'VarHandleOp',
  ]);
  assert.deepEqual(after.variables, [used]);
  assert.equal(after.liveNumbers.length, 1);
  assert.deepEqual(await run(after), [[0, 10, 20, 30]]);
  tf.dispose([used, unused]);
});

test('what a graph does stays, though it returns nothing', async () => {
  const sum = variable(1);
  const recording = record(() => sum.assign(sum.add(1)), [], 'the function');
  const after = optimised(recording);
  assert.deepEqual(opsOf(after.graph).sort(), [
    'Add',
    'AssignVariableOp',
    'Const',
    'ReadVariableOp',
    'VarHandleOp',
  ]);
  await run(after);
  assert.equal(sum.dataSync()[0], 2);
  sum.dispose();
});

test('an update in place waits for those who read the old value', () => {
  const handle: TensorSpec = { dtype: 'resource', shape: [] };
  const before = graph(
    [
      input('x', float(2)),
      node('weight', 'VarHandleOp', [], [handle]),
      node('read', 'ReadVariableOp', ['weight:0'], [float(2)]),
      node('product', 'Mul', ['x:0', 'read:0'], [float(2)]),
      node('other', 'Mul', ['x:0', 'x:0'], [float(2)]),
      constant('rate', [0.1], 'float32', []),
      node('update', 'ResourceApplyGradientDescent', ['weight:0', 'rate:0', 'x:0'], [], { after: ['read'] }),
      node('again', 'ReadVariableOp', ['weight:0'], [float(2)], { after: ['update'] }),
      node('later', 'Mul', ['again:0', 'other:0'], [float(2)]),
    ],
    ['product:0', 'later:0'],
    { variables: [{ name: 'weight', handle: 'weight', written: true, ...float(2) }], effects: ['update'] },
  );
  const after = optimise(before);
  checkGraph(after);
  assert.deepEqual(after.nodes.find(({ name }) => name === 'update')?.after, ['read', 'product']);
});

test('optimising an optimised graph changes nothing', async () => {
  const kernel = variable([[[[1, 2]]]]);
  const fn = (x: Tensor4D) =>
    tf
      .conv2d(x.toFloat() as Tensor4D, kernel as never, 1, 'same')
      .sum([0, 1, 2])
      .mul(2)
      .add(2);
  const { graph } = optimised(record(fn as never, [{ dtype: 'uint8', shape: [1, 2, 2, 1] }], 'the function'));
  assert.deepEqual(optimise(graph), graph);
  kernel.dispose();
});
