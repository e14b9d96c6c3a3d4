/** The graph of a model's layers as an SVG drawing. */
import { kindOf } from './layer-kind';
import type { LayerNode, ModelGraph, Shape } from './model-graph';
import { type Arrow, type LayerBox, layOutModel, type Point, type RankDirection } from './model-layout';
import { textWidth } from './text-width';
import { COLOURS, FONT, onEitherPaper } from './theme';

/** The names are Keras's, in this language's spelling. */
export interface DrawOptions {
  /** Write the shapes of input and output into each box, default false. */
  readonly showShapes?: boolean;
  /** Write the layers' names above their classes, default true. */
  readonly showLayerNames?: boolean;
  /** From top to bottom (default) or from left to right. */
  readonly rankDirection?: RankDirection;
  /** Draw a convolution with the normalisation and activation after it as one stack, for deep nets; default false. */
  readonly fold?: boolean;
}

interface Line {
  readonly text: string;
  readonly weight: 'normal' | 'bold';
  readonly size: number;
  readonly colour: string;
}

const MARGIN = 16; // around the drawing, in pixels as all sizes here
const HEADING = 44;
const PADDING = { x: 12, y: 6 }; // in a box
const LINE_HEIGHT = 15;
const SHAPE = '#5d6678'; // of the text that says a shape
const SPARE = 1.06; // for fonts a little wider than Helvetica
const ARROW = { length: 7, width: 7 };

/** @throws RangeError for another `rankDirection` */
export function drawGraph(graph: ModelGraph, subtitle: string, options: DrawOptions = {}): string {
  const { showShapes = false, showLayerNames = true, rankDirection = 'TB', fold = false } = options;
  if (rankDirection !== 'TB' && rankDirection !== 'LR') {
    throw new RangeError(`invalid rankDirection; neither TB nor LR: ${rankDirection}`);
  }
  const linesOf = (node: LayerNode) => boxLines(node, showLayerNames, showShapes);
  const width = Math.max(...graph.nodes.flatMap(linesOf).map(widthOf)) * SPARE + 2 * PADDING.x;
  const sizeOf = (node: LayerNode) => ({
    width: Math.ceil(width),
    height: linesOf(node).length * LINE_HEIGHT + 2 * PADDING.y,
  });
  const drawing = layOutModel(graph, { fold, rankDirection, sizeOf });
  const headingWidth = Math.max(textWidth(graph.name, 14, 'bold'), textWidth(subtitle, 12)) * SPARE;
  const size = {
    width: Math.ceil(Math.max(drawing.width, headingWidth) + 2 * MARGIN),
    height: Math.ceil(drawing.height + HEADING + 2 * MARGIN),
  };
  // Shortcuts lie over the others where arrows cross.
  const arrows = [...drawing.arrows].sort((a, b) => Number(a.edge.shortcut) - Number(b.edge.shortcut));
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" font-family="${FONT}">`,
    `<title>${escapeXml(`${graph.name}: ${subtitle}`)}</title>`,
    `<rect width="100%" height="100%" fill="${COLOURS.background}"/>`,
    heading(graph.name, subtitle),
    `<g transform="translate(${MARGIN},${MARGIN + HEADING})">`,
    ...arrows.map((arrow) => drawArrow(arrow, rankDirection)),
    ...drawing.boxes.map((box) => drawBox(box, linesOf(box.node))),
    '</g>',
    '</svg>',
  ];
  return onEitherPaper(lines.join('\n'));
}

function boxLines(node: LayerNode, showLayerNames: boolean, showShapes: boolean): Line[] {
  const bold = { weight: 'bold' as const, size: 12, colour: COLOURS.onLight };
  const normal = { weight: 'normal' as const, size: 11, colour: COLOURS.onLight };
  const shape = { weight: 'normal' as const, size: 10, colour: SHAPE };
  const isInput = node.inputShapes.length === 0;
  const detail = isInput && !showShapes ? shapeText(node.outputShapes) : node.detail;
  const head = showLayerNames ? [{ text: node.name, ...bold }] : [];
  const kind = [node.className, detail].filter(Boolean).join(' · ');
  return [
    ...head,
    { text: kind, ...(showLayerNames ? normal : { ...bold, size: 11 }) },
    ...(showShapes && !isInput ? [{ text: `in ${shapeText(node.inputShapes)}`, ...shape }] : []),
    ...(showShapes ? [{ text: `out ${shapeText(node.outputShapes)}`, ...shape }] : []),
  ];
}

/** `[batch, 8, 8, 32]`; of equal shapes `2 × [batch, 8, 8, 32]`. */
function shapeText(shapes: readonly Shape[]): string {
  const texts = shapes.map(
    (shape) => `[${shape.map((size, i) => size ?? (i === 0 ? 'batch' : '?')).join(', ')}]`,
  );
  if (texts.length > 1 && texts.every((text) => text === texts[0])) return `${texts.length} × ${texts[0]}`;
  return texts.join(', ');
}

function widthOf({ text, size, weight }: Line): number {
  return textWidth(text, size, weight);
}

function heading(name: string, subtitle: string): string {
  return [
    drawText({ text: name, weight: 'bold', size: 14, colour: COLOURS.text }, MARGIN, MARGIN + 12, 'start'),
    drawText(
      { text: subtitle, weight: 'normal', size: 12, colour: COLOURS.quietText },
      MARGIN,
      MARGIN + 29,
      'start',
    ),
  ].join('\n');
}

function drawBox({ node, x, y, width, height }: LayerBox, lines: readonly Line[]): string {
  const { fill, stroke } = kindOf(node.className);
  const rows = lines.map((line, i) =>
    drawText(line, x + width / 2, y + PADDING.y + (i + 0.76) * LINE_HEIGHT, 'middle'),
  );
  return [
    `<g class="layer" data-layer="${escapeXml(node.name)}">`,
    `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="4" fill="${fill}" stroke="${stroke}" stroke-width="1.2"/>`,
    ...rows,
    '</g>',
  ].join('\n');
}

function drawText(
  { text, weight, size, colour }: Line,
  x: number,
  y: number,
  anchor: 'start' | 'middle',
): string {
  const place = `x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"`;
  return `<text ${place} font-size="${size}" font-weight="${weight}" fill="${colour}">${escapeXml(text)}</text>`;
}

function drawArrow({ edge, corners }: Arrow, direction: RankDirection): string {
  const [colour, width] = edge.shortcut ? [kindOf('Add').stroke, 2.2] : [COLOURS.axis, 1.4];
  const ahead = direction === 'TB' ? { x: 0, y: 1 } : { x: 1, y: 0 };
  const tip = corners[corners.length - 1];
  const base = { x: tip.x - ahead.x * ARROW.length, y: tip.y - ahead.y * ARROW.length };
  const side = { x: (ahead.y * ARROW.width) / 2, y: (ahead.x * ARROW.width) / 2 };
  const head = [tip, { x: base.x + side.x, y: base.y + side.y }, { x: base.x - side.x, y: base.y - side.y }];
  return [
    `<g class="connection" data-from="${escapeXml(edge.from)}" data-to="${escapeXml(edge.to)}">`,
    `<path d="${pathThrough([...corners.slice(0, -1), base], direction)}" fill="none" stroke="${colour}" stroke-width="${width}"/>`,
    `<path d="M${head.map(pair).join('L')}Z" fill="${colour}"/>`,
    '</g>',
  ].join('\n');
}

/** Bends leave and arrive in the direction of the ranks. */
function pathThrough(corners: readonly Point[], direction: RankDirection): string {
  const parts = corners.map((corner, i) => {
    if (i === 0) return `M${pair(corner)}`;
    const from = corners[i - 1];
    if (direction === 'TB' ? from.x === corner.x : from.y === corner.y) return `L${pair(corner)}`;
    const middle = { x: (from.x + corner.x) / 2, y: (from.y + corner.y) / 2 };
    const [first, second] =
      direction === 'TB'
        ? [
            { x: from.x, y: middle.y },
            { x: corner.x, y: middle.y },
          ]
        : [
            { x: middle.x, y: from.y },
            { x: middle.x, y: corner.y },
          ];
    return `C${[first, second, corner].map(pair).join(' ')}`;
  });
  return parts.join('');
}

function pair({ x, y }: Point): string {
  return `${round(x)},${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => named[character]);
}
