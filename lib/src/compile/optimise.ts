/**
 * A graph made smaller and faster without changing what it computes. TensorFlow's own optimiser (Grappler) folds and fuses as well;
 * what stands here is what it does not see, because TensorFlow.js writes it in another way than TensorFlow's Python does.
 */
import { checkGraph, type Graph, type GraphNode, nodeOf, type Ref, refOf } from './graph';
import type { Recording } from './record';
import { RULES } from './rewrite-rules';

/** A recording with its graph optimised; variables and live numbers that nothing needs any more drop out. */
export function optimised(recording: Recording): Recording {
  const graph = optimise(recording.graph);
  checkGraph(graph);
  const variables = new Set(graph.variables.map(({ name }) => name));
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const live = recording.graph.inputs.filter((input) => input.live);
  return {
    ...recording,
    graph,
    variables: recording.variables.filter(({ name }) => variables.has(name)),
    liveNumbers: recording.liveNumbers.filter((_, i) => inputs.has(live[i].name)),
  };
}

export function optimise(graph: Graph): Graph {
  return updatesAfterReaders(withoutDeadNodes(rewritten(graph)));
}

/** Applies the rules, and merges constants of equal value. */
function rewritten(graph: Graph): Graph {
  const nodes = new Map<string, GraphNode>();
  const replaced = new Map<Ref, Ref>();
  const constants = new Map<string, Ref>();
  const current = (ref: Ref) => replaced.get(ref) ?? ref;
  const source = (ref: Ref) => nodes.get(nodeOf(ref))!;
  const counts = new Map<Ref, number>();
  for (const ref of [...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.results]) {
    counts.set(ref, (counts.get(ref) ?? 0) + 1);
  }
  const users = (ref: Ref) => counts.get(ref) ?? 0;
  for (const original of graph.nodes) {
    const after = original.after.map((name) => nodeOf(current(refOf(name))));
    let node: GraphNode = { ...original, inputs: original.inputs.map(current), after };
    const constant = constantKey(node);
    const same = constant === undefined ? undefined : constants.get(constant);
    if (same !== undefined) {
      replaced.set(refOf(node.name), same);
      continue;
    }
    if (constant !== undefined) constants.set(constant, refOf(node.name));
    for (const rule of RULES) {
      const result = rule(node, source, users);
      if (result === undefined) continue;
      if ('sameAs' in result) {
        replaced.set(refOf(node.name), result.sameAs);
        continue;
      }
      for (const helper of result.before ?? []) nodes.set(helper.name, helper);
      node = { ...node, ...result.node };
    }
    nodes.set(node.name, node);
  }
  return {
    ...graph,
    nodes: [...nodes.values()],
    results: graph.results.map(current),
    variables: graph.variables.map((variable) => {
      return variable.initial ? { ...variable, initial: current(variable.initial) } : variable;
    }),
  };
}

const LARGEST_MERGED = 1024; // bytes: comparing large constants would cost more than it saves

function constantKey({ op, attrs, outputs, after }: GraphNode): string | undefined {
  if (op !== 'Const' || after.length > 0 || !('tensor' in attrs.value)) return undefined;
  const { values } = attrs.value.tensor;
  if (values.byteLength > LARGEST_MERGED) return undefined;
  return `${outputs[0].dtype} ${outputs[0].shape} ${Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex')}`;
}

/**
 * Keeps what the results, the effects and first values need, and the function's own parameters. A write waits for reads before it;
 * where nobody takes what they read, they are not needed.
 */
function withoutDeadNodes(graph: Graph): Graph {
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const needed = new Set<string>(graph.results.map(nodeOf));
  for (const { handle, initial } of graph.variables) if (initial) needed.add(handle).add(nodeOf(initial));
  for (const name of graph.effects) needed.add(name);
  for (const node of [...graph.nodes].reverse()) {
    if (!needed.has(node.name)) continue;
    for (const name of node.inputs.map(nodeOf)) needed.add(name);
    for (const name of node.after) if (byName.get(name)!.op !== 'ReadVariableOp') needed.add(name);
  }
  for (const { name, live } of graph.inputs) if (!live) needed.add(name);
  const alive = (name: string) => needed.has(name);
  return {
    ...graph,
    nodes: graph.nodes
      .filter(({ name }) => alive(name))
      .map((node) => ({ ...node, after: node.after.filter(alive) })),
    inputs: graph.inputs.filter(({ name }) => alive(name)),
    variables: graph.variables.filter(({ handle }) => alive(handle)),
  };
}

/**
 * Lets an update in place wait for the nodes that take the variable's old value: TensorFlow would copy the variable otherwise.
 */
function updatesAfterReaders(graph: Graph): Graph {
  const readsOf = new Map<Ref, string[]>(); // the ReadVariableOps of each handle
  const takersOf = new Map<string, string[]>(); // the nodes that take what each of them read
  const nodes = graph.nodes.map((node) => {
    const isUpdate = node.op.startsWith('ResourceApply');
    const reads = isUpdate ? node.inputs.flatMap((ref) => readsOf.get(ref) ?? []) : [];
    const before = reads.flatMap((read) => takersOf.get(read)!);
    if (node.op === 'ReadVariableOp') {
      const [handle] = node.inputs;
      readsOf.set(handle, [...(readsOf.get(handle) ?? []), node.name]);
      takersOf.set(node.name, []);
    }
    for (const ref of node.inputs) takersOf.get(nodeOf(ref))?.push(node.name);
    return isUpdate ? { ...node, after: [...new Set([...node.after, ...before])] } : node;
  });
  return { ...graph, nodes };
}
