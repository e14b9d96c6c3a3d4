import type { GradientFlow, LayerGradient } from '../explain/gradient-flow';
import { choosable, namedColours } from './named-colours';
import type { VegaLiteSpec } from './spec';
import { themed, titled } from './theme';

/** Which of a layer's sizes is drawn; all are on a logarithmic axis. */
export type GradientMeasure = 'arriving' | 'norm' | 'ratio';

export const MEASURES: Readonly<Record<GradientMeasure, string>> = {
  arriving: "gradient at the layer's output, norm",
  norm: 'gradient of the kernel, norm',
  ratio: 'gradient of the kernel / kernel, norms',
};

/** One net at one time. */
export interface NamedFlow {
  readonly name: string;
  readonly flow: GradientFlow;
}

export interface GradientFlowPlotOptions {
  readonly title: string;
  /** Default arriving. */
  readonly measure?: GradientMeasure;
  /**
   * Draws only layers of this depth and deeper, on axes that are those of all: the gradient comes from the deep end, and walks back as
   * this falls; default 1.
   */
  readonly from?: number;
  /** Of the values' axis, positive; default: as the values need it. For plots that are drawn again and again. */
  readonly domain?: readonly [low: number, high: number];
  /** Of the plotting area in pixels, default 520 by 280. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * How much of the gradient is left at each layer on its way from the last to the first. Projections beside the way are left out; where a
 * value is 0 or not finite the line has a gap.
 *
 * @throws RangeError when there is no flow, two have one name, or no value can be drawn
 */
export function gradientFlowPlot(
  flows: readonly NamedFlow[],
  { title, measure = 'arriving', from = 1, domain, width = 520, height = 280 }: GradientFlowPlotOptions,
): VegaLiteSpec {
  const names = checkNames(title, flows);
  const values = flows.flatMap(({ name, flow }) =>
    alongTheWay(flow).map((layer) => ({
      name,
      depth: layer.depth,
      layer: layer.layer,
      value: drawable(layer[measure]),
    })),
  );
  const powers = powersOfTen(title, domain ?? values.map(({ value }) => value));
  const deepest = Math.max(...values.map(({ depth }) => depth));
  const quantitative = { type: 'quantitative' as const };
  const { params, faded } = choosable('name', names.length);
  return themed({
    title: titled(title),
    width,
    height,
    data: { values: values.filter(({ depth }) => depth >= from) },
    params,
    mark: { type: 'line', clip: true, point: deepest <= 20 },
    encoding: {
      x: {
        ...{ field: 'depth', ...quantitative, title: 'layer, from the images to the classes' },
        scale: { domain: [1, Math.max(2, deepest)], nice: false },
        axis: { grid: false, format: 'd' },
      },
      y: {
        ...{ field: 'value', ...quantitative, title: MEASURES[measure] },
        scale: { type: 'log', domain: [powers[0], powers[powers.length - 1]] },
        axis: { values: powers, format: '~g' },
      },
      color: namedColours(names, { symbolType: 'stroke', columns: 2 }),
      opacity: faded,
      tooltip: [
        { field: 'name', type: 'nominal', title: 'net' },
        { field: 'layer', type: 'nominal' },
        { field: 'depth', ...quantitative },
        { field: 'value', ...quantitative, title: MEASURES[measure], format: '.3~g' },
      ],
    },
  });
}

/** Without the convolutions in shortcuts, so that there is one layer at each depth. */
export function alongTheWay({ layers }: GradientFlow): LayerGradient[] {
  return layers.filter(({ layer }) => !layer.includes('_shortcut_'));
}

/** null is where Vega-Lite breaks a line: JSON has no NaN, and a logarithmic axis no 0. */
export function drawable(value: number): number | null {
  return Number.isFinite(value) && value > 0 ? value : null;
}

/** Powers of ten around the values, at most ten of them; the first and the last are the ends of the axis. */
export function powersOfTen(title: string, values: readonly (number | null)[]): number[] {
  const exponents = values.filter((value) => value !== null).map(Math.log10);
  if (exponents.length === 0)
    throw new RangeError(`cannot draw "${title}"; no gradient is finite and larger than 0`);
  const low = Math.floor(Math.min(...exponents));
  const high = Math.max(low + 1, Math.ceil(Math.max(...exponents)));
  const step = Math.ceil((high - low) / 9);
  const count = Math.ceil((high - low) / step) + 1;
  return Array.from({ length: count }, (_, i) => Number(`1e${low + i * step}`));
}

/** @returns the names, each once */
export function checkNames(title: string, named: readonly { readonly name: string }[]): string[] {
  if (named.length === 0) throw new RangeError(`cannot draw "${title}"; at least one net is needed: 0`);
  const names = named.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new RangeError(`invalid nets; more than one has this name: "${twice}"`);
  return names;
}
