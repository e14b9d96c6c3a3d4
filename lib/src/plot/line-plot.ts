import { choosable, namedColours } from './named-colours';
import { rangeOf } from './pixels';
import type { VegaLiteSpec } from './spec';
import { themed, titled } from './theme';

/** One line: `y[i]` at `x[i]`. */
export interface Series {
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

export interface LinePlotOptions {
  readonly title: string;
  /** What the axes measure, with units. */
  readonly xTitle: string;
  readonly yTitle: string;
  /** Default linear. */
  readonly xScale?: 'linear' | 'log';
  /** Default linear. */
  readonly yScale?: 'linear' | 'log';
  /** Mark every value with a point; default: when no line has more than 60 values. */
  readonly points?: boolean;
  /** Of the plotting area in pixels, default 520 by 280. */
  readonly width?: number;
  readonly height?: number;
}

const MOST_WITH_POINTS = 60;

/**
 * Lines in one plot, e.g. the gradient's size by depth with and without shortcuts. A value that is not finite leaves a gap. Where it is
 * alive, a click in the legend chooses lines.
 *
 * @throws RangeError when there is no series, two have one name, or a logarithmic axis meets a value of 0 or below
 * @throws TypeError when `x` and `y` of a series differ in length
 */
export function linePlot(series: readonly Series[], options: LinePlotOptions): VegaLiteSpec {
  checkSeries(series, options);
  const { title, xTitle, yTitle, xScale = 'linear', yScale = 'linear', width = 520, height = 280 } = options;
  const names = series.map(({ name }) => name);
  const x = axisOf(
    xScale,
    series.map((line) => line.x),
    false,
  );
  const y = axisOf(
    yScale,
    series.map((line) => line.y),
    true,
  );
  const quantitative = { type: 'quantitative' as const };
  const { params, faded } = choosable('name', names.length);
  return themed({
    title: titled(title),
    width,
    height,
    data: { values: series.flatMap(valuesOf) },
    params,
    mark: {
      type: 'line',
      point: options.points ?? series.every(({ x }) => x.length <= MOST_WITH_POINTS),
    },
    encoding: {
      x: { field: 'x', ...quantitative, title: xTitle, scale: x.scale, axis: { ...x.axis, grid: false } },
      y: { field: 'y', ...quantitative, title: yTitle, scale: y.scale, axis: y.axis },
      color: namedColours(names),
      opacity: faded,
      tooltip: [
        { field: 'name', type: 'nominal', title: 'line' },
        { field: 'x', ...quantitative, title: xTitle, format: '.4~g' },
        { field: 'y', ...quantitative, title: yTitle, format: '.4~g' },
      ],
    },
  });
}

function valuesOf({ name, x, y }: Series) {
  // null is what JSON makes of NaN, and where Vega-Lite breaks a line
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  return Array.from(x, (value, i) => ({ name, x: finite(value), y: finite(y[i]) }));
}

/** A logarithmic axis over several powers of ten is marked at those; Vega's own choice has some in between. */
function axisOf(type: 'linear' | 'log', arrays: readonly ArrayLike<number>[], zero: boolean) {
  if (type === 'linear') return { scale: { type, zero, nice: true }, axis: { format: ',~r' } };
  const axis = { format: '~g' };
  const values = arrays.flatMap((array) =>
    Array.from(array).filter((value) => value > 0 && value < Number.POSITIVE_INFINITY),
  );
  const range = rangeOf(values);
  const [low, high] = [Math.floor(Math.log10(range.low)), Math.ceil(Math.log10(range.high))];
  if (values.length === 0 || high - low < 2) return { scale: { type, nice: true }, axis };
  const step = Math.ceil((high - low) / 8);
  const powers = Array.from({ length: Math.ceil((high - low) / step) + 1 }, (_, i) => 10 ** (low + i * step));
  return {
    scale: { type, domain: [powers[0], powers[powers.length - 1]] },
    axis: { ...axis, values: powers },
  };
}

function checkSeries(series: readonly Series[], { title, xScale, yScale }: LinePlotOptions): void {
  if (series.length === 0) throw new RangeError(`cannot draw "${title}"; at least one series is needed: 0`);
  const names = new Set<string>();
  for (const { name, x, y } of series) {
    if (names.has(name)) throw new RangeError(`invalid series; more than one has this name: "${name}"`);
    names.add(name);
    if (x.length !== y.length) {
      throw new TypeError(`invalid series "${name}"; x and y differ in length: ${x.length} and ${y.length}`);
    }
    if (xScale === 'log') checkPositive(name, 'x', x);
    if (yScale === 'log') checkPositive(name, 'y', y);
  }
}

function checkPositive(name: string, axis: string, values: ArrayLike<number>): void {
  const bad = Array.from(values).find((value) => value <= 0);
  if (bad !== undefined) {
    throw new RangeError(
      `invalid ${axis} of series "${name}"; a logarithmic axis needs values above 0: ${bad}`,
    );
  }
}
