import type { Attr } from '../tensorflow/attributes';
import { type Graph, type GraphNode, nodeOf, type Ref, refOf } from './graph';
import type { Recording } from './record';

/**
 * A recording's graph with the variables' present values in the place of the variables, for use without this process.
 *
 * @throws TypeError when the function writes variables or takes live numbers: its next call depends on this process
 */
export function frozen({ graph, variables }: Recording): Graph {
  const written = graph.variables.find((variable) => variable.written);
  if (written) throw new TypeError(`cannot freeze a function that writes variables: ${written.name}`);
  if (graph.inputs.some(({ live }) => live))
    throw new TypeError('cannot freeze a function that reads live numbers');
  const constants = new Map<string, GraphNode>(); // by the variable's handle
  for (const [i, { name, handle, dtype, shape }] of graph.variables.entries()) {
    const tensor = { dtype, shape, values: variables[i].dataSync() as Float32Array };
    const attrs = { dtype: { type: dtype }, value: { tensor } };
    constants.set(handle, { name, op: 'Const', inputs: [], after: [], attrs, outputs: [tensor], layer: '' });
  }
  const readings = new Map<Ref, Ref>(); // of what was read
  for (const { op, name, inputs } of graph.nodes) {
    const constant = op === 'ReadVariableOp' && constants.get(nodeOf(inputs[0]));
    if (constant) readings.set(refOf(name), refOf(constant.name));
  }
  const current = (ref: Ref) => readings.get(ref) ?? ref;
  const others = graph.nodes.filter(({ op }) => op !== 'VarHandleOp' && op !== 'ReadVariableOp');
  return {
    ...graph,
    nodes: [
      ...constants.values(),
      ...others.map((node) => ({ ...node, inputs: node.inputs.map(current), after: [] })),
    ],
    results: graph.results.map(current),
    variables: [],
  };
}

/**
 * One graph for any number of images, of two that were recorded with different numbers: what differs must be that number in a shape,
 * and becomes -1, which TensorFlow's shapes have for "as many as there are".
 *
 * @param batches with how many images each was recorded, two numbers that no other size of the net equals
 * @throws TypeError which names a node that computes with the number of images
 */
export function withOpenBatch(graphs: readonly [Graph, Graph], batches: readonly [number, number]): Graph {
  const [one, other] = graphs;
  const pairOf = new Map(other.nodes.map((node) => [node.name, node]));
  const open = (sizes: readonly number[], others: readonly number[], name: string) => {
    const result = sizes.map((size, i) => {
      if (size === others[i]) return size;
      if (size === batches[0] && others[i] === batches[1]) return -1;
      throw computes(name, size, others[i]);
    });
    if (result.filter((size) => size === -1).length <= 1) return result;
    throw new TypeError(`cannot leave the number of images open; ${name} has several open sizes: ${result}`);
  };
  const shapes = shapeConstants(one);
  const nodes = one.nodes.map((node) => {
    const pair = pairOf.get(node.name);
    if (!pair || pair.op !== node.op) {
      throw new TypeError(`cannot leave the number of images open; ${node.name} depends on it`);
    }
    return { ...node, attrs: openAttrs(node, pair, shapes.has(node.name) ? open : undefined) };
  });
  const inputs = one.inputs.map((input, i) => ({
    ...input,
    shape: open(input.shape, other.inputs[i].shape, input.name),
  }));
  return { ...one, nodes, inputs };
}

/** Where an operation takes a shape in which -1 stands for "as many as there are": elsewhere it is a number, or an error. */
const TAKES_SHAPE: Readonly<Record<string, number>> = { Reshape: 1, Slice: 2 };

/** Names of the placeholders, and of the constants that are such shapes and nothing else. */
function shapeConstants({ nodes, inputs }: Graph): ReadonlySet<string> {
  const taken = (isShape: boolean) =>
    nodes.flatMap(({ op, inputs }) =>
      inputs.filter((_, at) => (at === TAKES_SHAPE[op]) === isShape).map(nodeOf),
    );
  const others = new Set(taken(false));
  return new Set([...inputs.map(({ name }) => name), ...taken(true).filter((name) => !others.has(name))]);
}

type Open = (sizes: readonly number[], others: readonly number[], name: string) => number[];

/** @param open undefined: nothing in the node may depend on the number of images */
function openAttrs(node: GraphNode, pair: GraphNode, open: Open | undefined): Record<string, Attr> {
  return Object.fromEntries(
    Object.entries(node.attrs).map(([key, attr]): [string, Attr] => {
      const other = pair.attrs[key];
      if ('tensor' in attr && 'tensor' in other) return [key, openTensor(attr, other, node.name, open)];
      if (open && 'shape' in attr && 'shape' in other) {
        return [key, { shape: open(attr.shape, other.shape, node.name) }];
      }
      if (JSON.stringify(attr) !== JSON.stringify(other)) throw computes(node.name, attr, other);
      return [key, attr];
    }),
  );
}

type TensorAttr = Extract<Attr, { tensor: unknown }>;

/** A shape may have the number of images in it; any other tensor is the same for all. */
function openTensor(attr: TensorAttr, other: TensorAttr, name: string, open?: Open): TensorAttr {
  const { tensor } = attr;
  if (tensor.shape.join() !== other.tensor.shape.join()) {
    throw computes(name, tensor.shape, other.tensor.shape);
  }
  if (open) {
    const values = open(Array.from(tensor.values, Number), Array.from(other.tensor.values, Number), name);
    return { tensor: { ...tensor, values: Int32Array.from(values) } };
  }
  const bytes = ({ tensor: { values } }: TensorAttr) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  if (!bytes(attr).equals(bytes(other))) throw computes(name, tensor.values[0], other.tensor.values[0]);
  return attr;
}

function computes(name: string, one: unknown, other: unknown): TypeError {
  const [a, b] = [one, other].map((value) => (typeof value === 'object' ? JSON.stringify(value) : value));
  return new TypeError(`cannot leave the number of images open; ${name} computes with it: ${a}, ${b}`);
}
