/** Where the boxes and arrows of a model's drawing go. */
import { Graph, layout } from '@dagrejs/dagre';
import { layerStacks } from './layer-stacks';
import type { LayerEdge, LayerNode, ModelGraph } from './model-graph';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Pixels from the left and the top. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export interface LayerBox extends Box {
  readonly node: LayerNode;
}

export interface Arrow {
  readonly edge: LayerEdge;
  /** From box to box. Where the next corner is not straight ahead, the way bends towards it. */
  readonly corners: readonly Point[];
}

export interface ModelLayout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly LayerBox[];
  /** Without those inside a stack. */
  readonly arrows: readonly Arrow[];
}

export type RankDirection = 'TB' | 'LR';

export interface LayoutOptions {
  /** See {@link layerStacks}. */
  readonly fold: boolean;
  readonly rankDirection: RankDirection;
  readonly sizeOf: (node: LayerNode) => { width: number; height: number };
}

const PORT = 18; // least distance of an arrow's end from the corner of a box, in pixels
const ALIGNMENTS = ['UL', 'UR', 'DL', 'DR'] as const;

/**
 * Places the boxes in ranks, from top to bottom or from left to right.
 *
 * An arrow crosses a rank straight and bends only between ranks, so that it touches no box but its own two.
 */
export function layOutModel(graph: ModelGraph, { fold, rankDirection, sizeOf }: LayoutOptions): ModelLayout {
  // All is computed from top to bottom; from left to right is the same with x and y exchanged.
  const turn = rankDirection === 'TB' ? (point: Point) => point : ({ x, y }: Point) => ({ x: y, y: x });
  const stacks = layerStacks(graph, fold);
  const sizes = new Map(
    stacks.map((stack) => {
      const { x, y } = turn({
        x: Math.max(...stack.map((node) => sizeOf(node).width)),
        y: stack.reduce((sum, node) => sum + sizeOf(node).height, 0),
      });
      return [stack[0].id, { width: x, height: y }];
    }),
  );
  const stackOf = new Map(stacks.flatMap((stack) => stack.map((node) => [node.id, stack[0].id])));
  const edges = graph.edges.flatMap((edge) => {
    const [from, to] = [stackOf.get(edge.from)!, stackOf.get(edge.to)!];
    return from === to ? [] : [{ edge, from, to }];
  });
  const { boxOf, waypoints, width, height } = straightest(sizes, edges);
  const ranks = ranksOf([...boxOf.values()]);
  const boxes = stacks.flatMap((stack) => boxesOf(stack, boxOf.get(stack[0].id)!, turn, sizeOf));
  const centreOf = new Map(boxes.map((box) => [box.node.id, centreOfBox(box, turn)]));
  const arrows = edges.map(({ edge, from, to }) => {
    const ends = { from: centreOf.get(edge.from)!, to: centreOf.get(edge.to)! };
    const way = ranks.filter(({ centre }) => centre >= boxOf.get(from)!.y && centre <= boxOf.get(to)!.y);
    return { edge, corners: corners(ends, way, waypoints(from, to)).map(turn) };
  });
  const size = turn({ x: width, y: height });
  return withRoomForArrows({ width: size.x, height: size.y, boxes, arrows });
}

/** dagre's size is that of the boxes; an arrow past a single column of them runs beside it. */
function withRoomForArrows({ width, height, boxes, arrows }: ModelLayout): ModelLayout {
  const points = arrows.flatMap(({ corners }) => corners);
  const left = Math.max(0, ...points.map(({ x }) => -x));
  const above = Math.max(0, ...points.map(({ y }) => -y));
  const moved = <P extends Point>(point: P): P => ({ ...point, x: point.x + left, y: point.y + above });
  return {
    width: left + Math.max(width, ...points.map(({ x }) => x)),
    height: above + Math.max(height, ...points.map(({ y }) => y)),
    boxes: boxes.map(moved),
    arrows: arrows.map((arrow) => ({ ...arrow, corners: arrow.corners.map(moved) })),
  };
}

interface Connection {
  readonly edge: LayerEdge;
  readonly from: string;
  readonly to: string;
}

/** dagre's layout of the four it can align a drawing by in which the main way bends least. Boxes are given by their centres. */
function straightest(
  sizes: ReadonlyMap<string, { width: number; height: number }>,
  edges: readonly Connection[],
) {
  const layouts = ALIGNMENTS.map((align) => {
    const dagre = new Graph<{ width?: number; height?: number }, Box, { weight: number; points: Point[] }>();
    dagre.setGraph({ align, nodesep: 32, edgesep: 28, ranksep: 28 } as { width?: number; height?: number });
    for (const [id, size] of sizes) dagre.setNode(id, { x: 0, y: 0, ...size });
    for (const { edge, from, to } of edges)
      dagre.setEdge(from, to, { weight: edge.shortcut ? 1 : 8, points: [] });
    layout(dagre);
    const bends = edges.map(({ edge, from, to }) =>
      edge.shortcut ? 0 : Math.abs(dagre.node(from).x - dagre.node(to).x),
    );
    return { dagre, bend: bends.reduce((sum, bend) => sum + bend, 0) };
  });
  const { dagre } = layouts.reduce((best, next) => (next.bend < best.bend ? next : best));
  const { width = 0, height = 0 } = dagre.graph();
  return {
    boxOf: new Map([...sizes.keys()].map((id) => [id, dagre.node(id)])),
    waypoints: (from: string, to: string): readonly Point[] => dagre.edge(from, to).points,
    width,
    height,
  };
}

interface Rank {
  readonly centre: number;
  readonly top: number;
  readonly bottom: number;
}

/** The bands that boxes take up, from top to bottom. */
function ranksOf(boxes: readonly Box[]): Rank[] {
  const heights = new Map<number, number>();
  for (const { y, height } of boxes) heights.set(y, Math.max(height, heights.get(y) ?? 0));
  return [...heights]
    .map(([centre, height]) => ({ centre, top: centre - height / 2, bottom: centre + height / 2 }))
    .sort((a, b) => a.centre - b.centre);
}

/** From below one box, out of its rank, through each rank between where dagre leaves room, to above the other box. */
function corners(
  { from, to }: { from: Box; to: Box },
  ranks: readonly Rank[],
  waypoints: readonly Point[],
): Point[] {
  const passages = ranks.slice(1, -1).map((rank) => ({ rank, x: nearest(waypoints, rank.centre).x }));
  const leave = portOf(from, passages[0]?.x ?? to.x);
  const arrive = portOf(to, passages[passages.length - 1]?.x ?? leave);
  const all = [
    { x: leave, y: from.y + from.height / 2 },
    { x: leave, y: ranks[0].bottom },
    ...passages.flatMap(({ rank, x }) => [
      { x, y: rank.top },
      { x, y: rank.bottom },
    ]),
    { x: arrive, y: ranks[ranks.length - 1].top },
    { x: arrive, y: to.y - to.height / 2 },
  ];
  return all.filter(({ x, y }, i) => i === 0 || x !== all[i - 1].x || y !== all[i - 1].y);
}

function nearest(waypoints: readonly Point[], y: number): Point {
  return waypoints.reduce((best, next) => (Math.abs(next.y - y) < Math.abs(best.y - y) ? next : best));
}

/** As near to `x` as the box's side allows. */
function portOf(box: Box, x: number): number {
  const reach = box.width / 2 - Math.min(PORT, box.width / 4);
  return Math.min(Math.max(x, box.x - reach), box.x + reach);
}

/** The boxes of a stack, one below the other, in the drawing's own direction. */
function boxesOf(
  stack: readonly LayerNode[],
  whole: Box,
  turn: (point: Point) => Point,
  sizeOf: LayoutOptions['sizeOf'],
): LayerBox[] {
  const centre = turn(whole);
  const { x: width, y: height } = turn({ x: whole.width, y: whole.height });
  let y = centre.y - height / 2;
  return stack.map((node) => {
    const box = { node, x: centre.x - width / 2, y, width, height: sizeOf(node).height };
    y += box.height;
    return box;
  });
}

/** A drawn box as the layout counts: from top to bottom, by its centre. */
function centreOfBox({ x, y, width, height }: Box, turn: (point: Point) => Point): Box {
  const size = turn({ x: width, y: height });
  return { ...turn({ x: x + width / 2, y: y + height / 2 }), width: size.x, height: size.y };
}
