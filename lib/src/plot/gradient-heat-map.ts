import type { GradientFlow } from '../explain/gradient-flow';
import {
  alongTheWay,
  checkNames,
  drawable,
  type GradientMeasure,
  MEASURES,
  powersOfTen,
} from './gradient-flow-plot';
import { logColours } from './log-colours';
import type { VegaLiteSpec } from './spec';
import { COLOURS, themed, titled } from './theme';

/** A net's gradients in the course of its training. */
export interface FlowHistory {
  readonly name: string;
  /** After which step, 0 before the first one. */
  readonly moments: readonly { readonly step: number; readonly flow: GradientFlow }[];
}

export interface GradientHeatMapOptions {
  readonly title: string;
  /** Default arriving. */
  readonly measure?: GradientMeasure;
  /** Of each net's cells in pixels, default 250 by 260; rounded so that a cell is whole pixels, without seams. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * The gradient at every layer and every moment, nets side by side with one scale of colours: a column is what a plot of one moment shows
 * as a line, with the images below and the classes on top. Cells whose value is 0 or not finite stay empty.
 *
 * @throws RangeError when there is no net, two have one name, or no value can be drawn
 */
export function gradientHeatMap(
  nets: readonly FlowHistory[],
  { title, measure = 'arriving', width = 250, height = 260 }: GradientHeatMapOptions,
): VegaLiteSpec {
  const names = checkNames(title, nets);
  const values = nets.flatMap(({ name, moments }) =>
    moments.flatMap(({ step, flow }) =>
      alongTheWay(flow).map((layer) => ({ name, step, depth: layer.depth, value: drawable(layer[measure]) })),
    ),
  );
  const powers = powersOfTen(
    title,
    values.map(({ value }) => value),
  );
  const steps = [...new Set(values.map(({ step }) => step))].sort((a, b) => a - b);
  const depths = [...new Set(values.map(({ depth }) => depth))].sort((a, b) => a - b);
  return themed({
    title: titled(title),
    data: { values: values.filter(({ value }) => value !== null) },
    facet: {
      column: { field: 'name', type: 'nominal', sort: names, title: null, header: { labelFontSize: 12 } },
    },
    spec: {
      width: wholeCells(width, steps.length),
      height: wholeCells(height, depths.length),
      view: { fill: COLOURS.grid },
      mark: { type: 'rect', aria: false },
      encoding: {
        x: {
          field: 'step',
          type: 'ordinal',
          title: 'steps taken',
          scale: { domain: steps, padding: 0 },
          axis: { values: marked(steps, 8), labelAngle: 0 },
        },
        y: {
          field: 'depth',
          type: 'ordinal',
          title: 'layer, from the images to the classes',
          scale: { domain: [...depths].reverse(), padding: 0 },
          axis: { values: marked(depths, 10) },
        },
        color: {
          field: 'value',
          type: 'quantitative',
          title: MEASURES[measure],
          scale: logColours(powers[0], powers[powers.length - 1]),
          legend: {
            format: '~g',
            values: powers,
            gradientLength: 200,
            titleLimit: 260,
            orient: 'bottom',
            direction: 'horizontal',
          },
        },
        tooltip: [
          { field: 'name', type: 'nominal', title: 'net' },
          { field: 'step', type: 'ordinal', title: 'steps taken' },
          { field: 'depth', type: 'ordinal', title: 'layer' },
          { field: 'value', type: 'quantitative', title: MEASURES[measure], format: '.3~g' },
        ],
      },
    },
  });
}

function wholeCells(pixels: number, cells: number): number {
  return Math.max(1, Math.round(pixels / cells)) * cells;
}

/** About `most` of the values, the first among them. */
function marked(values: readonly number[], most: number): number[] {
  const every = Math.ceil(values.length / most);
  return values.filter((_, i) => i % every === 0);
}
