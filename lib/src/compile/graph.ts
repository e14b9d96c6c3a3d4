/**
 * A recorded function as plain data: what TensorFlow calls a GraphDef, with every shape known.
 *
 *     fn ──record──► Graph ──optimise──► Graph ──build──► session
 *
 * Nodes stand in an order in which they could run. An edge is named as in TensorFlow: `"conv1/Conv2D:0"` is the first output
 * of that node.
 */
import type { Attr } from '../tensorflow/attributes';
import type { TensorSpec } from '../tensorflow/dtypes';

/** One output of a node: `"name:index"`. */
export type Ref = `${string}:${number}`;

export interface GraphNode {
  /** Unique in the graph: the layer or `gradients/layer` it belongs to, then the operation and a number. */
  readonly name: string;
  /** TensorFlow's name of the operation. */
  readonly op: string;
  readonly inputs: readonly Ref[];
  /** Names of nodes that must have run before this one, though it takes nothing from them. */
  readonly after: readonly string[];
  readonly attrs: Readonly<Record<string, Attr>>;
  readonly outputs: readonly TensorSpec[];
  /** Name of the layer during whose forward or backward pass the node was recorded; `""` outside of any layer. */
  readonly layer: string;
}

/** A parameter of the function: the node `name`, a Placeholder, is fed with it. */
export interface GraphInput extends TensorSpec {
  readonly name: string;
  /** A number of JavaScript's that is read anew at every call, after the function's own parameters. */
  readonly live: boolean;
}

/** A `tf.Variable` that the function reads or writes: the node `handle` stands for its memory in the session. */
export interface GraphVariable extends TensorSpec {
  /** The variable's unique name in TensorFlow.js. */
  readonly name: string;
  readonly handle: string;
  readonly written: boolean;
  /** Where its first value comes from; for variables that the function made when it was recorded. */
  readonly initial?: Ref;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly GraphInput[];
  /** What the function returns, in order. */
  readonly results: readonly Ref[];
  readonly variables: readonly GraphVariable[];
  /** Nodes that run for their effect: the last write of every variable. */
  readonly effects: readonly string[];
}

/** Names of the nodes that depend on what the function is called with, or wait for one that does. */
export function inputDependents(graph: Graph): ReadonlySet<string> {
  const dependents = new Set(graph.inputs.map(({ name }) => name));
  for (const { name, inputs, after } of graph.nodes) {
    if ([...inputs.map(nodeOf), ...after].some((node) => dependents.has(node))) dependents.add(name);
  }
  return dependents;
}

/**
 * The variables with a first value, by their places, in rounds: a first value may be made of variables whose own came in a round
 * before.
 */
export function roundsOfFirstValues({ nodes, variables }: Graph): number[][] {
  const initialOf = new Map(variables.map(({ handle, initial }) => [handle, initial]));
  const roundOf = new Map<string, number>(); // from which on what the node takes is there
  for (const { name, inputs } of nodes) {
    const initial = initialOf.get(name);
    const own = initial === undefined ? 0 : roundOf.get(nodeOf(initial))! + 1;
    const before = inputs.map((input) => roundOf.get(nodeOf(input))!);
    roundOf.set(name, Math.max(own, ...before));
  }
  const rounds: number[][] = [];
  for (const [place, { initial }] of variables.entries()) {
    if (initial === undefined) continue;
    const round = roundOf.get(nodeOf(initial))!;
    rounds[round] ??= [];
    rounds[round].push(place);
  }
  return rounds;
}

export function refOf(node: string, index = 0): Ref {
  return `${node}:${index}`;
}

export function splitRef(ref: Ref): { node: string; index: number } {
  const colon = ref.lastIndexOf(':');
  return { node: ref.slice(0, colon), index: Number(ref.slice(colon + 1)) };
}

export function nodeOf(ref: Ref): string {
  return ref.slice(0, ref.lastIndexOf(':'));
}

/**
 * Throws unless every node is named once, takes only outputs of nodes before it, and everything the graph points at is there.
 *
 * A graph that a recording or an optimisation left in any other state is a fault of this library, not of its user.
 */
export function checkGraph(graph: Graph): void {
  const seen = new Map<string, GraphNode>();
  const check = (user: string, ref: Ref) => {
    const { node, index } = splitRef(ref);
    const source = seen.get(node);
    if (!source) throw new Error(`invalid graph; ${user} takes ${ref}, which no node before it makes`);
    if (!(index in source.outputs)) {
      throw new Error(
        `invalid graph; ${user} takes ${ref}, and ${node} has ${source.outputs.length} outputs`,
      );
    }
  };
  const checkName = (user: string, name: string) => {
    if (!seen.has(name)) throw new Error(`invalid graph; ${user} names ${name}, which no node before it is`);
  };
  for (const node of graph.nodes) {
    if (seen.has(node.name)) throw new Error(`invalid graph; two nodes are named ${node.name}`);
    for (const ref of node.inputs) check(node.name, ref);
    for (const name of node.after) checkName(node.name, name);
    seen.set(node.name, node);
  }
  for (const ref of graph.results) check('a result', ref);
  for (const name of graph.effects) checkName('an effect', name);
  for (const { name } of graph.inputs) checkName('an input', name);
  for (const { handle, initial } of graph.variables) {
    checkName('a variable', handle);
    if (initial !== undefined) check('a variable', initial);
  }
}
