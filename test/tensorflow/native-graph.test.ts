import assert from 'node:assert/strict';
import test from 'node:test';
import type { TfOutput } from '../../lib/src/tensorflow/c-api';
import type { DType, TypedArray } from '../../lib/src/tensorflow/dtypes';
import { NativeGraph, type NativeOperation } from '../../lib/src/tensorflow/native-graph';

const first = ({ pointer }: NativeOperation): TfOutput => ({ oper: pointer, index: 0 });

function constant(
  graph: NativeGraph,
  name: string,
  values: TypedArray,
  dtype: DType,
  shape = [values.length],
) {
  const tensor = { dtype, shape, values };
  return graph.add({ name, op: 'Const', inputs: [], attrs: { dtype: { type: dtype }, value: { tensor } } });
}

function placeholder(graph: NativeGraph, name: string, shape: number[]) {
  return graph.add({
    name,
    op: 'Placeholder',
    inputs: [],
    attrs: { dtype: { type: 'float32' }, shape: { shape } },
  });
}

test('TensorFlow infers types and shapes as operations are added', () => {
  const graph = new NativeGraph();
  const x = placeholder(graph, 'x', [2, 3]);
  const y = placeholder(graph, 'y', [3, 5]);
  const product = graph.add({ name: 'xy', op: 'MatMul', inputs: [first(x), first(y)], attrs: {} });
  assert.deepEqual(product.outputs, [{ dtype: 'float32', shape: [2, 5] }]);
  const axis = constant(graph, 'axis', Int32Array.of(0), 'int32', []);
  const largest = graph.add({ name: 'at', op: 'ArgMax', inputs: [first(product), first(axis)], attrs: {} });
  assert.deepEqual(largest.outputs, [{ dtype: 'int64', shape: [5] }]);
  graph.dispose();
});

test('a size that depends on values is unknown', () => {
  const graph = new NativeGraph();
  const x = placeholder(graph, 'x', [4]);
  const { outputs } = graph.add({ name: 'where', op: 'Where', inputs: [first(x)], attrs: {} });
  assert.deepEqual(outputs, [undefined]);
  const anything = graph.add({
    name: 'any',
    op: 'Placeholder',
    inputs: [],
    attrs: { dtype: { type: 'float32' } },
  });
  assert.deepEqual(anything.outputs, [undefined]);
  graph.dispose();
});

test('an operation may take a list of inputs, beside others', () => {
  const graph = new NativeGraph();
  const [x, y] = [placeholder(graph, 'x', [2, 3]), placeholder(graph, 'y', [4, 3])];
  const axis = constant(graph, 'axis', Int32Array.of(0), 'int32', []);
  const joined = graph.add({
    name: 'joined',
    op: 'ConcatV2',
    inputs: [first(x), first(y), first(y), first(axis)],
    attrs: {},
  });
  assert.deepEqual(joined.outputs, [{ dtype: 'float32', shape: [10, 3] }]);
  const sum = graph.add({ name: 'sum', op: 'AddN', inputs: [first(y), first(y)], attrs: {} });
  assert.deepEqual(sum.outputs, [{ dtype: 'float32', shape: [4, 3] }]);
  graph.dispose();
});

test("what does not fit is told in TensorFlow's words, and the graph can be used on", () => {
  const graph = new NativeGraph();
  const [x, y] = [placeholder(graph, 'x', [2, 3]), placeholder(graph, 'y', [4, 5])];
  const add = (name: string, op: string, inputs: TfOutput[]) => graph.add({ name, op, inputs, attrs: {} });
  assert.throws(
    () => add('xy', 'MatMul', [first(x), first(y)]),
    /^Error: cannot add MatMul to a graph; TensorFlow says: Dimensions must be equal, but are 3 and 4/,
  );
  assert.throws(
    () => add('xx', 'NoSuchOp', [first(x)]),
    /^Error: cannot look up the operation NoSuchOp; TensorFlow says: /,
  );
  assert.throws(
    () => add('x', 'Neg', [first(x)]),
    /^Error: cannot add Neg to a graph; TensorFlow says: Duplicate node name/,
  );
  assert.deepEqual(add('ok', 'Neg', [first(x)]).outputs, [{ dtype: 'float32', shape: [2, 3] }]);
  graph.dispose();
});

test('a wrong number of inputs is told', () => {
  const graph = new NativeGraph();
  const x = first(placeholder(graph, 'x', [2]));
  const wrong = (name: string, inputs: TfOutput[], message: string) =>
    assert.throws(() => graph.add({ name, op: 'Neg', inputs, attrs: {} }), { name: 'TypeError', message });
  wrong('none', [], 'cannot add Neg to a graph; it takes 1 inputs: 0');
  wrong('two', [x, x], 'cannot add Neg to a graph; it takes 1 inputs: 2');
  graph.dispose();
});

test('a disposed graph takes nothing any more; disposing it again does nothing', () => {
  const graph = new NativeGraph();
  graph.dispose();
  graph.dispose();
  assert.throws(() => placeholder(graph, 'x', []), {
    message: 'cannot use a native graph after its disposal',
  });
});
