import { specText } from '../tensorflow/dtypes';
import type { Graph, GraphNode } from './graph';

/**
 * A graph as text, one node a line, in an order in which they could run:
 *
 *     stem_conv/Conv2D: float32[32,16,16,64] = Conv2D(input:0, stem_conv/ReadVariableOp:0) strides=[1,2,2,1] padding="SAME"
 *
 * `after` names nodes that have to run before it. Constants show their first values.
 */
export function printGraph(graph: Graph): string {
  const variables = graph.variables.map((variable) => {
    const marks = [
      variable.written ? 'written' : 'read',
      ...(variable.initial ? [`at first ${variable.initial}`] : []),
    ];
    return `${variable.name}: ${specText(variable)} at ${variable.handle}, ${marks.join(', ')}`;
  });
  return [
    ...section(
      'inputs',
      graph.inputs.map((input) => `${input.name}: ${specText(input)}`),
    ),
    ...section('variables', variables),
    ...section('nodes', graph.nodes.map(nodeLine)),
    ...section('results', graph.results),
    ...section('effects', graph.effects),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title} (${lines.length})`, ...lines.map((line) => `  ${line}`)];
}

/** Attributes that say nothing that the types of the outputs do not say already. */
const TYPES = new Set(['T', 'U', 'Tidx', 'Tshape', 'dtype', 'Tparams', 'Tindices', 'Taxis', 'N']);

function nodeLine({ name, op, inputs, after, attrs, outputs }: GraphNode): string {
  const made = outputs.map(specText).join(', ') || 'nothing';
  const settings = Object.entries(attrs)
    .filter(([key]) => !TYPES.has(key))
    .map(([key, attr]) => `${key}=${attrText(attr)}`);
  const waits =
    after.length === 0 ? [] : [`after ${after.length > 3 ? `${after.length} nodes` : after.join(', ')}`];
  return [`${name}: ${made} = ${op}(${inputs.join(', ')})`, ...settings, ...waits].join(' ');
}

const SHOWN = 4; // values of a constant

function attrText(attr: GraphNode['attrs'][string]): string {
  if (!('tensor' in attr)) return JSON.stringify(Object.values(attr)[0]);
  const { values } = attr.tensor;
  const shown = Array.from(values.subarray(0, SHOWN) as Float32Array, (value) => String(value));
  return `[${shown.join(', ')}${values.length > SHOWN ? `, ... ${values.length} in all` : ''}]`;
}
