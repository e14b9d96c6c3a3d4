import type { LearningRateSearch } from '../train/find-learning-rate';
import type { VegaLiteSpec } from './spec';
import { COLOURS, themed, titled } from './theme';

export interface LearningRateCurveOptions {
  /** Default: `"Search for a learning rate"`; name the model here. */
  readonly title?: string;
  /** Of the plotting area in pixels, default 520 by 280. */
  readonly width?: number;
  readonly height?: number;
}

type Points = LearningRateSearch['points'];

const SMOOTHED = 'smoothed loss';
const OF_BATCH = "a batch's loss";

/** Times the smoothed loss: what is higher than both would press the rest of the curves flat, and is cut off. */
const HIGHEST = { ofFirst: 1.25, ofLowest: 2 };

/**
 * The loss by learning rate, on a logarithmic axis, with the rates that the search suggests marked on the smoothed curve. Where the
 * loss explodes the curves are cut off.
 *
 * @throws RangeError when the search has no point
 */
export function learningRateCurve(
  { points, suggestion }: LearningRateSearch,
  { title = 'Search for a learning rate', width = 520, height = 280 }: LearningRateCurveOptions = {},
): VegaLiteSpec {
  if (points.length === 0)
    throw new RangeError(`cannot draw "${title}"; at least one point is needed: 0; begin at a lower rate`);
  const marked = Object.entries(suggestion).flatMap(([name, rate]) =>
    points
      .filter((point) => point.rate === rate)
      .map((point) => ({ rate, loss: point.smoothedLoss, name, label: `${name} ${brief(rate)}` })),
  );
  const quantitative = { type: 'quantitative' as const };
  const x = { field: 'rate', ...quantitative, title: 'learning rate', ...rateAxis(points) };
  const y = { field: 'loss', ...quantitative, title: 'loss', scale: lossScale(points) };
  const line = (name: string, lossOf: (point: Points[number]) => number, strokeWidth: number) => ({
    data: { values: points.map((point) => ({ rate: point.rate, loss: lossOf(point), line: name })) },
    mark: { type: 'line' as const, strokeWidth, clip: true },
    encoding: {
      x,
      y,
      color: {
        field: 'line',
        type: 'nominal' as const,
        scale: { domain: [OF_BATCH, SMOOTHED], range: [COLOURS.other, COLOURS.training] },
        legend: { title: null, orient: 'top' as const, symbolType: 'stroke' },
      },
      tooltip: [
        { field: 'line', type: 'nominal' as const },
        { field: 'rate', ...quantitative, title: 'learning rate', format: '.3~g' },
        { field: 'loss', ...quantitative, format: '.4f' },
      ],
    },
  });
  const dots = {
    data: { values: marked },
    mark: { type: 'point' as const, color: COLOURS.wrong, size: 60 },
    encoding: { x, y },
  };
  const labels = {
    data: { values: marked },
    mark: { type: 'text' as const, align: 'left' as const, dx: 8, dy: -8 },
    encoding: { x, y, text: { field: 'label', type: 'nominal' as const } },
  };
  return themed({
    title: titled(title),
    width,
    height,
    layer: [
      line(OF_BATCH, ({ loss }) => loss, 1),
      line(SMOOTHED, ({ smoothedLoss }) => smoothedLoss, 2),
      ...(marked.length > 0 ? [dots, labels] : []),
    ],
  });
}

/** Marked at powers of ten; Vega's own choice has some in between. */
function rateAxis(points: Points) {
  const [first, last] = [points[0].rate, points[points.length - 1].rate];
  const [low, high] = [Math.floor(Math.log10(first)), Math.ceil(Math.log10(last))];
  const powers = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  return {
    scale: { type: 'log' as const, domain: [powers[0], powers[powers.length - 1]] },
    axis: { values: powers, tickCount: powers.length, format: '~e', grid: false },
  };
}

function lossScale(points: Points) {
  const smoothed = points.map(({ smoothedLoss }) => smoothedLoss);
  const all = [...smoothed, ...points.map(({ loss }) => loss)];
  const calm = Math.max(HIGHEST.ofFirst * smoothed[0], HIGHEST.ofLowest * Math.min(...smoothed));
  return { domain: [0, Math.min(calm, Math.max(...all))], nice: true };
}

function brief(rate: number): string {
  return rate.toExponential(1).replace('e+', 'e');
}
