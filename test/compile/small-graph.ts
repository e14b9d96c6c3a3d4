/** Graphs made by hand or recorded, and what they compute before and after they are optimised. */
import assert from 'node:assert/strict';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { checkGraph, type Graph, type GraphNode, type Ref } from '../../lib/src/compile/graph';
import { GraphSession } from '../../lib/src/compile/graph-session';
import { optimise, optimised } from '../../lib/src/compile/optimise';
import { type Recording, record } from '../../lib/src/compile/record';
import { sizeOf, type TensorSpec } from '../../lib/src/tensorflow/dtypes';
import { NativeTensor } from '../../lib/src/tensorflow/native-tensor';

export const float = (...shape: number[]): TensorSpec => ({ dtype: 'float32', shape });

export function node(
  name: string,
  op: string,
  inputs: Ref[],
  outputs: TensorSpec[],
  rest: Partial<GraphNode> = {},
): GraphNode {
  return { name, op, inputs, outputs, after: [], attrs: {}, layer: '', ...rest };
}

export function constant(
  name: string,
  values: number[],
  dtype: 'float32' | 'int32' = 'float32',
  shape = [values.length],
): GraphNode {
  const array = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
  const value = { tensor: { dtype, shape, values: array } };
  return node(name, 'Const', [], [{ dtype, shape }], { attrs: { dtype: { type: dtype }, value } });
}

export function input(name: string, spec: TensorSpec): GraphNode {
  return node(name, 'Placeholder', [], [spec], {
    attrs: { dtype: { type: spec.dtype }, shape: { shape: spec.shape } },
  });
}

export function graph(nodes: GraphNode[], results: Ref[], rest: Partial<Graph> = {}): Graph {
  const inputs = nodes
    .filter(({ op }) => op === 'Placeholder')
    .map(({ name, outputs }) => ({ name, live: false, ...outputs[0] }));
  return { nodes, results, inputs, variables: [], effects: [], ...rest };
}

export const opsOf = ({ nodes }: Graph) => nodes.map(({ op }) => op);

/** Runs it on inputs 0, 1, 2, ... and returns the values of its results. */
export async function run(recording: Recording): Promise<number[][]> {
  const session = new GraphSession();
  const inputs = recording.graph.inputs
    .filter(({ live }) => !live)
    .map(({ dtype, shape }) => {
      const counted = Array.from({ length: sizeOf(shape) }, (_, i) => i);
      const array = dtype === 'uint8' ? Uint8Array : dtype === 'int32' ? Int32Array : Float32Array;
      return NativeTensor.of({ dtype, shape }, array.from(counted));
    });
  const results = await session.add(recording).call(inputs);
  const values = results.map((result) => Array.from(result.read(), Number));
  for (const each of [...inputs, ...results]) each.dispose();
  session.dispose();
  return values;
}

export const byHand = (graph: Graph): Recording => ({
  graph,
  structure: { kind: 'nothing', value: undefined },
  variables: [],
  liveNumbers: [],
  optimizerSteps: new Map(),
});

/** The graph optimised; it must be sound, and compute what it did. */
export async function assertSameResults(before: Graph): Promise<Graph> {
  checkGraph(before);
  const after = optimise(before);
  checkGraph(after);
  assert.deepEqual(await run(byHand(after)), await run(byHand(before)));
  return after;
}

/** A function recorded for inputs of these types, its graph before and after; both must compute the same. */
export async function assertSameFunction(
  fn: (...args: never[]) => unknown,
  ...specs: TensorSpec[]
): Promise<Graph> {
  const recording = record(fn as (...args: Tensor[]) => unknown, specs, 'the function');
  const after = optimised(recording);
  checkGraph(recording.graph);
  checkGraph(after.graph);
  assert.deepEqual(await run(after), await run(recording));
  return after.graph;
}
