import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { drawGraph } from '../plot/draw-graph';
import { type LayerNode, type ModelGraph, modelGraph, type Shape } from '../plot/model-graph';
import { type ModelPart, modelParts, partGraph } from '../plot/model-parts';
import { imageOf } from './bundle';
import { escapeHtml, type Fragment, fragment } from './fragment';

const INDENT = 'border-left:2px solid #98a0ad;margin:2px 0 2px 4px;padding-left:12px';

/**
 * A model of any depth as a list that unfolds: its stages, in them their blocks, in these the drawing of their layers; equal blocks in
 * a row are listed once. It needs no script.
 *
 * @returns for `show()`
 * @throws TypeError when the model is not built yet
 */
export function modelOutline(model: LayersModel): Fragment {
  const graph = modelGraph(model);
  const parameters = new Map(model.layers.map((layer) => [layer.name, layer.countParams()]));
  const total = model.countParams().toLocaleString('en-US');
  const title = `${graph.name}: ${graph.nodes.length} layers, ${total} parameters`;
  const parts = modelParts(graph);
  const lines = parts.flatMap((part) => textLines(part, parameters, '  '));
  return fragment({
    html: `<div class="model-outline"><strong>${escapeHtml(title)}</strong>${parts.map((part) => unfolding(part, graph, parameters)).join('')}</div>`,
    text: [title, ...lines].join('\n'),
  });
}

type Parameters = ReadonlyMap<string, number>;

function unfolding(part: ModelPart, graph: ModelGraph, parameters: Parameters): string {
  const inside =
    part.parts.length > 0
      ? part.parts.map((inner) => unfolding(inner, graph, parameters)).join('')
      : drawing(part, graph);
  return `<details><summary>${escapeHtml(summaryOf(part, parameters))}</summary><div style="${INDENT}">${inside}</div></details>`;
}

function drawing(part: ModelPart, graph: ModelGraph): string {
  const svg = drawGraph(partGraph(graph, part), `gets ${shapesInto(part.nodes)}`, { fold: true });
  return imageOf(svg, `the layers of ${part.name}`);
}

function textLines(part: ModelPart, parameters: Parameters, indent: string): string[] {
  return [
    `${indent}${summaryOf(part, parameters)}`,
    ...part.parts.flatMap((inner) => textLines(inner, parameters, `${indent}  `)),
  ];
}

function summaryOf({ name, lastName, alike, nodes, parts }: ModelPart, parameters: Parameters): string {
  const names = alike > 1 ? `${name} to ${lastName}, all alike, each` : name;
  const blocks = parts.reduce((sum, part) => sum + part.alike, 0);
  const counted = nodes.reduce((sum, node) => sum + (parameters.get(node.name) ?? 0), 0);
  const facts = [
    ...(blocks > 0 ? [`${blocks} blocks`] : []),
    `${nodes.length} ${nodes.length === 1 ? 'layer' : 'layers'}`,
    `${counted.toLocaleString('en-US')} parameters`,
    `gives ${shapeText(nodes.at(-1)!.outputShapes[0])}`,
  ];
  return `${names}: ${facts.join(', ')}`;
}

function shapesInto(nodes: readonly LayerNode[]): string {
  const [first] = nodes;
  return first.inputShapes.length > 0 ? shapeText(first.inputShapes[0]) : 'images';
}

/** Without the batch, which is everywhere. */
function shapeText(shape: Shape): string {
  return `[${shape
    .slice(1)
    .map((size) => size ?? '?')
    .join(', ')}]`;
}
