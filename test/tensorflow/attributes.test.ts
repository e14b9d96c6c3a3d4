/** Each kind of attribute, by what TensorFlow makes of it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Attr } from '../../lib/src/tensorflow/attributes';
import type { TfOutput } from '../../lib/src/tensorflow/c-api';
import type { TypedArray } from '../../lib/src/tensorflow/dtypes';
import { NativeGraph, type NativeOperation } from '../../lib/src/tensorflow/native-graph';
import { NativeRun, NativeSession } from '../../lib/src/tensorflow/native-session';

const first = ({ pointer }: NativeOperation): TfOutput => ({ oper: pointer, index: 0 });

/** Runs one operation on float constants. */
function run(
  op: string,
  inputs: [values: number[], shape: number[]][],
  attrs: Record<string, Attr>,
): TypedArray[] {
  const graph = new NativeGraph();
  const constants = inputs.map(([values, shape], i) => {
    const tensor = { dtype: 'float32', shape, values: Float32Array.from(values) } as const;
    return graph.add({
      name: `x${i}`,
      op: 'Const',
      inputs: [],
      attrs: { dtype: { type: 'float32' }, value: { tensor } },
    });
  });
  const operation = graph.add({ name: 'y', op, inputs: constants.map(first), attrs });
  const session = new NativeSession(graph, {});
  const fetches = operation.outputs.map((_, index) => ({ oper: operation.pointer, index }));
  const results = new NativeRun(session, [], fetches, []).runBlocking([]);
  const values = results.map((result) => result.read());
  for (const result of results) result.dispose();
  session.dispose();
  graph.dispose();
  return values;
}

test('a type', () => {
  assert.deepEqual(run('Cast', [[[1.7, -2.7], [2]]], { DstT: { type: 'int32' } }), [Int32Array.of(1, -2)]);
});

test('a number, whole or not', () => {
  const pack = run(
    'Pack',
    [
      [[1, 2], [2]],
      [[3, 4], [2]],
    ],
    { axis: { int: 1 } },
  );
  assert.deepEqual(pack, [Float32Array.of(1, 3, 2, 4)]);
  assert.deepEqual(run('LeakyRelu', [[[-2, 2], [2]]], { alpha: { float: 0.25 } }), [
    Float32Array.of(-0.5, 2),
  ]);
});

test('lists of numbers', () => {
  const image = Array.from({ length: 16 }, (_, i) => i);
  const attrs = {
    ksize: { ints: [1, 2, 2, 1] },
    strides: { ints: [1, 2, 2, 1] },
    padding: { string: 'VALID' },
  };
  assert.deepEqual(run('MaxPool', [[image, [1, 4, 4, 1]]], attrs), [Float32Array.of(5, 7, 13, 15)]);
  const buckets = run('Bucketize', [[[-5, 0.5, 10], [3]]], { boundaries: { floats: [0, 1, 2.5] } });
  assert.deepEqual(buckets, [Int32Array.of(0, 1, 3)]);
});

test('true and false', () => {
  const [a, b]: [number[], number[]][] = [
    [
      [1, 2, 3, 4],
      [2, 2],
    ],
    [
      [1, 0, 0, 2],
      [2, 2],
    ],
  ];
  assert.deepEqual(run('MatMul', [a, b], { transpose_a: { bool: true } }), [Float32Array.of(1, 6, 2, 8)]);
  assert.deepEqual(run('MatMul', [a, b], { transpose_a: { bool: false } }), [Float32Array.of(1, 4, 3, 8)]);
});

test('a text, its letters outside of ASCII included', () => {
  assert.throws(
    () =>
      run(
        'BiasAdd',
        [
          [[1], [1, 1]],
          [[1], [1]],
        ],
        { data_format: { string: 'Größe' } },
      ),
    /Größe/,
  );
});

test('a shape', () => {
  const graph = new NativeGraph();
  const attrs = { dtype: { type: 'float32' }, shape: { shape: [3, 0, 2] } } as const;
  assert.deepEqual(graph.add({ name: 'x', op: 'Placeholder', inputs: [], attrs }).outputs, [
    { dtype: 'float32', shape: [3, 0, 2] },
  ]);
  graph.dispose();
});
