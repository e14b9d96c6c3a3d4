import { decodeMessage } from '../tensorflow/messages';
import type { Graph, GraphNode } from './graph';

/** One operation's run. */
export interface ProfiledOp {
  /** Of the node in the graph; TensorFlow's optimiser adds some of its own and keeps the names of those that it fuses. */
  readonly node: string;
  /** TensorFlow's name of the operation that ran, e.g. `_FusedConv2D`. */
  readonly op: string;
  /** The layer it belongs to; `""` for what belongs to none. */
  readonly layer: string;
  /** Forward and backward through the layers; `'update'` of variables; `'other'`: everything outside of layers. */
  readonly pass: 'forward' | 'backward' | 'update' | 'other';
  /** Microseconds since the step's first operation began. */
  readonly start: number;
  /** Microseconds that it computed; operations run side by side, so that these sum to more than the step takes. */
  readonly duration: number;
  readonly device: string;
}

/** One call of a compiled function, operation by operation. */
export interface ProfiledStep {
  /** In the order in which they began. */
  readonly ops: readonly ProfiledOp[];
  /** Microseconds from the first operation's begin to the last one's end. */
  readonly duration: number;
}

interface RunMetadata {
  readonly stepStats: {
    readonly devStats: readonly { readonly device: string; readonly nodeStats: readonly NodeStats[] }[];
  };
}

interface NodeStats {
  readonly nodeName: string;
  readonly timelineLabel: string;
  readonly allStartMicros: number;
  readonly opStartRelMicros: number;
  readonly opEndRelMicros: number;
  /** 0, as the other two, for what tells microseconds only: a GPU's kernels, and what travels between devices. */
  readonly allStartNanos: number;
  readonly opStartRelNanos: number;
  readonly opEndRelNanos: number;
}

/** @param metadata bytes of TensorFlow's RunMetadata, of a run of `graph` */
export function profiledStep(metadata: Uint8Array, graph: Graph): ProfiledStep {
  const { stepStats } = decodeMessage<RunMetadata>('RunMetadata', metadata);
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const layers = new Set(graph.nodes.map(({ layer }) => layer).filter((layer) => layer !== ''));
  const ops = stepStats.devStats
    .filter(({ device }) => !/stream:(?!all)/.test(device)) // a GPU reports each of its streams, and all of them together
    .flatMap(({ device, nodeStats }) => nodeStats.map((stats) => profiledOp(stats, device, nodes, layers)))
    .sort((a, b) => a.start - b.start);
  const first = ops[0]?.start ?? 0;
  const ends = ops.map(({ start, duration }) => start + duration - first);
  return {
    ops: ops.map((op) => ({ ...op, start: op.start - first })),
    duration: ends.reduce((latest, end) => Math.max(latest, end), 0),
  };
}

function profiledOp(
  stats: NodeStats,
  device: string,
  nodes: ReadonlyMap<string, GraphNode>,
  layers: ReadonlySet<string>,
): ProfiledOp {
  const { nodeName, timelineLabel } = stats;
  const node = nodeName.replace(/^f\d+\//, '').replace(/:.*$/, ''); // a session numbers its functions
  const op = /= (\w+)\(/.exec(timelineLabel)?.[1] ?? nodes.get(node)?.op ?? nodeName;
  const layer = nodes.get(node)?.layer ?? layerInName(node, layers);
  return {
    node,
    op,
    layer,
    pass: passOf(node, op, layer),
    ...microsecondsOf(stats),
    device: device.replace(/^.*\/device:/, ''),
  };
}

function microsecondsOf(stats: NodeStats): Pick<ProfiledOp, 'start' | 'duration'> {
  const { allStartMicros, opStartRelMicros, opEndRelMicros } = stats;
  const { allStartNanos, opStartRelNanos, opEndRelNanos } = stats;
  if (allStartNanos === 0) {
    return { start: allStartMicros + opStartRelMicros, duration: opEndRelMicros - opStartRelMicros };
  }
  return {
    start: (allStartNanos + opStartRelNanos) / 1000,
    duration: (opEndRelNanos - opStartRelNanos) / 1000,
  };
}

/** Nodes of TensorFlow's own have the name of the one that they replace somewhere in theirs. */
function layerInName(node: string, layers: ReadonlySet<string>): string {
  return node.split('/').find((part) => layers.has(part)) ?? '';
}

function passOf(node: string, op: string, layer: string): ProfiledOp['pass'] {
  if (op.startsWith('ResourceApply') || op === 'AssignVariableOp') return 'update';
  if (/(^|\/)gradients\//.test(node)) return 'backward';
  return layer === '' ? 'other' : 'forward';
}
