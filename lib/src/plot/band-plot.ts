import type { Series } from './line-plot';
import { deviation, mean } from './mean';
import { choosable, namedColours } from './named-colours';
import type { VegaLiteSpec } from './spec';
import { themed, titled } from './theme';

/** The same thing measured several times, e.g. one net trained from several seeds. */
export interface RepeatedSeries {
  readonly name: string;
  /** One of each time; they need not be equally long. */
  readonly runs: readonly Pick<Series, 'x' | 'y'>[];
}

export interface BandPlotOptions {
  readonly title: string;
  /** What the axes measure, with units. */
  readonly xTitle: string;
  readonly yTitle: string;
  /** Of the y axis; default: as the values need. Give one to a plot that changes while it is looked at. */
  readonly domain?: readonly [low: number, high: number];
  /** Of the plotting area in pixels, default 520 by 300. */
  readonly width?: number;
  readonly height?: number;
}

const MOST_TICKS = 12; // with more places on the x axis, some are marked
const SUBTITLE = 'bands: mean ± one standard deviation of the runs; thin lines: single runs';

/**
 * A line for each series: the mean of its runs at the x that all of them have, and where there are several a band of one standard
 * deviation of the sample on either side, with each run as a thin line. Of a single run the line is the run. Values that are not finite are
 * left out.
 *
 * @throws RangeError when there is no series, two have one name, or one has no run
 * @throws TypeError when `x` and `y` of a run differ in length
 */
export function bandPlot(series: readonly RepeatedSeries[], options: BandPlotOptions): VegaLiteSpec {
  const { title, xTitle, yTitle, domain, width = 520, height = 300 } = options;
  checkSeries(series, title);
  const names = series.map(({ name }) => name);
  const repeated = series.filter(({ runs }) => runs.length > 1);
  const places = [...new Set(series.flatMap(({ runs }) => runs.flatMap(({ x }) => Array.from(x))))];
  const ticks = places.length > 0 && places.length <= MOST_TICKS ? { values: places } : {};
  const quantitative = { type: 'quantitative' as const };
  const y = {
    ...quantitative,
    title: yTitle,
    scale: domain ? { domain: [...domain], clamp: true } : { zero: false, nice: true },
  };
  const colour = namedColours(names, { columns: 2 });
  const opacity = (whole: number) => choosable('name', names.length, whole).faded;
  const band = {
    transform: [{ filter: 'datum.runs > 1' }],
    mark: { type: 'area' as const },
    encoding: { opacity: opacity(0.18), y: { field: 'low', ...y }, y2: { field: 'high' }, color: colour },
  };
  const line = {
    params: choosable('name', names.length).params,
    mark: { type: 'line' as const, point: true },
    encoding: {
      opacity: opacity(1),
      y: { field: 'mean', ...y },
      color: colour,
      tooltip: [
        { field: 'name', type: 'nominal' as const, title: 'line' },
        { field: 'x', ...quantitative, title: xTitle },
        { field: 'mean', ...quantitative, title: yTitle, format: '.4~g' },
        { field: 'runs', ...quantitative },
      ],
    },
  };
  const thin = {
    data: { values: repeated.flatMap(singlesOf) },
    mark: { type: 'line' as const, strokeWidth: 0.8 },
    encoding: {
      opacity: opacity(0.55),
      y: { field: 'y', ...y },
      detail: { field: 'run', type: 'nominal' as const },
      stroke: colour, // not color, by which a plot told in words would take all runs for one line
    },
  };
  return themed({
    title: titled(title, repeated.length > 0 ? SUBTITLE : undefined),
    width,
    height,
    data: { values: series.flatMap(meansOf) },
    encoding: {
      x: {
        ...{ field: 'x', ...quantitative, title: xTitle, axis: { grid: false, ...ticks } },
        scale: { zero: false, nice: false },
      },
    },
    layer: [...(repeated.length > 0 ? [band] : []), line, ...(repeated.length > 0 ? [thin] : [])],
  });
}

function meansOf({ name, runs }: RepeatedSeries) {
  const curves = runs.map((run) => new Map(finitePoints(run)));
  return [...curves[0].keys()]
    .filter((x) => curves.every((curve) => curve.has(x)))
    .map((x) => {
      const values = curves.map((curve) => curve.get(x)!);
      const centre = mean(values);
      const spread = values.length > 1 ? deviation(values) : 0;
      return { name, x, mean: centre, runs: values.length, low: centre - spread, high: centre + spread };
    });
}

function singlesOf({ name, runs }: RepeatedSeries) {
  return runs.flatMap((run, i) => finitePoints(run).map(([x, y]) => ({ name, run: `${name} ${i}`, x, y })));
}

function finitePoints({ x, y }: Pick<Series, 'x' | 'y'>): [x: number, y: number][] {
  return Array.from(x, (value, i): [number, number] => [value, y[i]]).filter((point) =>
    point.every(Number.isFinite),
  );
}

function checkSeries(series: readonly RepeatedSeries[], title: string): void {
  if (series.length === 0) throw new RangeError(`cannot draw "${title}"; at least one series is needed: 0`);
  for (const [i, { name, runs }] of series.entries()) {
    if (series.findIndex((other) => other.name === name) < i)
      throw new RangeError(`invalid series; more than one has this name: "${name}"`);
    if (runs.length === 0) throw new RangeError(`invalid series "${name}"; at least one run is needed: 0`);
    for (const { x, y } of runs) {
      if (x.length !== y.length)
        throw new TypeError(
          `invalid series "${name}"; x and y differ in length: ${x.length} and ${y.length}`,
        );
    }
  }
}
