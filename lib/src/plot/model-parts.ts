/** A deep model as parts within parts: stages, their blocks, and blocks that are alike told once. */
import type { LayerNode, ModelGraph } from './model-graph';

export interface ModelPart {
  /** Such as `stage2`, or `block3`; a layer's own name where it stands alone. */
  readonly name: string;
  /** Of the last part in a row of equal ones, whose first this is. */
  readonly lastName: string;
  /** How many there are in that row, this one included. */
  readonly alike: number;
  readonly nodes: readonly LayerNode[];
  /** The blocks of a stage; none where a part is not divided any further. */
  readonly parts: readonly ModelPart[];
}

/**
 * Divides a graph by its layers' names, as this library gives them: `stage2_block3_1_conv` is in `block3` of `stage2`,
 * `block1_add` in `block1`, `stem_conv` in `stem`. Whatever is named otherwise becomes a part by itself.
 */
export function modelParts(graph: ModelGraph): ModelPart[] {
  return divided(graph, graph.nodes, 0);
}

/** What is in the part, with what its layers take from outside, and the connections among all of these. */
export function partGraph({ nodes, edges }: ModelGraph, part: ModelPart): ModelGraph {
  const inside = new Set(part.nodes.map(({ id }) => id));
  const kept = edges.filter(({ to }) => inside.has(to));
  const shown = new Set([...inside, ...kept.map(({ from }) => from)]);
  return { name: part.name, nodes: nodes.filter(({ id }) => shown.has(id)), edges: kept };
}

function divided(graph: ModelGraph, nodes: readonly LayerNode[], level: number): ModelPart[] {
  const groups: { name: string; nodes: LayerNode[] }[] = [];
  for (const node of nodes) {
    const name = node.name.split('_')[level] ?? node.name;
    const last = groups.at(-1);
    if (last?.name === name) last.nodes.push(node);
    else groups.push({ name, nodes: [node] });
  }
  const parts = groups.map(({ name, nodes: within }): ModelPart => {
    const alone = within.length === 1;
    const hasBlocks = !alone && within.every(({ name }) => /^block\d/.test(name.split('_')[level + 1] ?? ''));
    const title = alone ? within[0].name : name;
    const inner = hasBlocks ? divided(graph, within, level + 1) : [];
    return { name: title, lastName: title, alike: 1, nodes: within, parts: inner };
  });
  return merged(graph, parts);
}

/** Of equal parts in a row, the first with their number. */
function merged(graph: ModelGraph, parts: readonly ModelPart[]): ModelPart[] {
  const rows: ModelPart[] = [];
  let formBefore = '';
  for (const part of parts) {
    const form = formOf(graph, part);
    const last = rows.at(-1);
    if (last && form === formBefore)
      rows[rows.length - 1] = { ...last, lastName: part.name, alike: last.alike + 1 };
    else rows.push(part);
    formBefore = form;
  }
  return rows;
}

/** A text that equal parts have in common: layers, shapes and connections without names. */
function formOf({ edges }: ModelGraph, { nodes }: ModelPart): string {
  const place = new Map(nodes.map(({ id }, i) => [id, i]));
  const layers = nodes.map(({ className, detail, inputShapes, outputShapes }) => [
    className,
    detail,
    inputShapes,
    outputShapes,
  ]);
  const ways = edges
    .filter(({ to }) => place.has(to))
    .map(({ from, to }) => [place.get(from) ?? 'outside', place.get(to)]);
  return JSON.stringify([layers, ways]);
}
