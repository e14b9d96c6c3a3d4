/** A model as plain data: a node for every call of a layer, an edge for every tensor that goes from call to call. */
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { layerDetail } from './layer-detail';

export type Shape = readonly (number | null)[];

export interface LayerNode {
  readonly id: string;
  readonly name: string;
  /** As Keras calls it, e.g. `Conv2D`. */
  readonly className: string;
  /** See {@link layerDetail}. */
  readonly detail: string;
  /** Batch included, null where a size is open; none for an input. */
  readonly inputShapes: readonly Shape[];
  readonly outputShapes: readonly Shape[];
}

export interface LayerEdge {
  readonly from: string;
  readonly to: string;
  /** Lies on the shorter of the two ways into a layer that merges them: the connection that skips layers. */
  readonly shortcut: boolean;
}

export interface ModelGraph {
  readonly name: string;
  /** Every node after those whose output it takes. */
  readonly nodes: readonly LayerNode[];
  readonly edges: readonly LayerEdge[];
}

/**
 * Reads the graph of any built model. A model inside the model is one node, a layer called twice is two.
 *
 * @throws TypeError when the model is not built yet
 */
export function modelGraph(model: LayersModel): ModelGraph {
  if (!model.outputs?.length) {
    throw new TypeError(
      `cannot draw ${model.name}; the model is not built: give its first layer an inputShape`,
    );
  }
  const nodes = new Map<string, LayerNode>();
  const edges: Connection[] = [];
  const visit = (tensor: SymbolicTensor): string => {
    const layer = tensor.sourceLayer;
    const id = `${layer.name}/${tensor.nodeIndex}`;
    if (nodes.has(id)) return id;
    const call = layer.inboundNodes[tensor.nodeIndex];
    const inputs = model.inputs.includes(tensor) ? [] : call.inputTensors; // where the model begins, the walk ends
    const sources = inputs.map(visit);
    nodes.set(id, {
      id,
      name: layer.name,
      className: layer.getClassName(),
      detail: layerDetail(layer),
      inputShapes: inputs.map(({ shape }) => shape),
      outputShapes: call.outputTensors.map(({ shape }) => shape),
    });
    for (const from of new Set(sources)) edges.push({ from, to: id });
    return id;
  };
  model.outputs.forEach(visit);
  const shortcuts = shortcutsIn(edges);
  return {
    name: model.name,
    nodes: [...nodes.values()],
    edges: edges.map((edge) => ({ ...edge, shortcut: shortcuts.has(edge) })),
  };
}

type Connection = Pick<LayerEdge, 'from' | 'to'>;

/** Where two ways meet, each is followed back to where it forked off; the one of fewer layers is the shortcut. */
function shortcutsIn(edges: readonly Connection[]): Set<Connection> {
  const into = groupBy(edges, 'to');
  const outOf = groupBy(edges, 'from');
  const wayBack = (last: Connection): Connection[] => {
    const way = [last];
    for (;;) {
      const { from } = way[way.length - 1];
      const before = into.get(from) ?? [];
      if (before.length !== 1 || outOf.get(from)?.length !== 1) return way;
      way.push(before[0]);
    }
  };
  const merges = [...into.values()].filter((ways) => ways.length === 2);
  return new Set(
    merges.flatMap((ways) => {
      const [shorter, longer] = ways.map(wayBack).sort((a, b) => a.length - b.length);
      return shorter.length < longer.length ? shorter : [];
    }),
  );
}

function groupBy(edges: readonly Connection[], end: 'from' | 'to'): Map<string, Connection[]> {
  const groups = new Map<string, Connection[]>();
  for (const edge of edges) groups.set(edge[end], [...(groups.get(edge[end]) ?? []), edge]);
  return groups;
}
