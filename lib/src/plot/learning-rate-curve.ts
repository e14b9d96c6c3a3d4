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

const SMOOTHED = 'smoothed loss';
const OF_BATCH = "a batch's loss";

/** Of the smoothed loss at its lowest: what lies higher is cut off, for there the search ends. */
const HIGHEST = 4;

/**
 * The loss by learning rate, on a logarithmic axis, with the rates that the search suggests marked on the smoothed curve. Above the
 * first loss and 4 times the lowest one the curves are cut off.
 *
 * @throws RangeError when the search has no point
 */
export function learningRateCurve(
  { points, suggestion }: LearningRateSearch,
  { title = 'Search for a learning rate', width = 520, height = 280 }: LearningRateCurveOptions = {},
): VegaLiteSpec {
  if (points.length === 0)
    throw new RangeError(`cannot draw "${title}"; at least one point is needed: 0; begin at a lower rate`);
  const values = points.flatMap(({ rate, loss, smoothedLoss }) => [
    { rate, loss, line: OF_BATCH },
    { rate, loss: smoothedLoss, line: SMOOTHED },
  ]);
  const marked = Object.entries(suggestion).flatMap(([name, rate]) =>
    points
      .filter((point) => point.rate === rate)
      .map((point) => ({ rate, loss: point.smoothedLoss, name, label: `${name} ${brief(rate)}` })),
  );
  const quantitative = { type: 'quantitative' as const };
  const x = { field: 'rate', ...quantitative, title: 'learning rate', ...rateAxis(points) };
  const y = { field: 'loss', ...quantitative, title: 'loss', scale: lossScale(points) };
  const line = {
    mark: { type: 'line' as const, clip: true },
    encoding: {
      x,
      y,
      color: {
        field: 'line',
        type: 'nominal' as const,
        scale: { domain: [OF_BATCH, SMOOTHED], range: [COLOURS.other, COLOURS.training] },
        legend: { title: null, orient: 'top' as const, symbolType: 'stroke' },
      },
      strokeWidth: {
        field: 'line',
        type: 'nominal' as const,
        scale: { domain: [OF_BATCH, SMOOTHED], range: [1, 2] },
        legend: null,
      },
      tooltip: [
        { field: 'line', type: 'nominal' as const },
        { field: 'rate', ...quantitative, title: 'learning rate', format: '.3~g' },
        { field: 'loss', ...quantitative, format: '.4f' },
      ],
    },
  };
  const data = { values: marked };
  const dots = {
    data,
    mark: { type: 'point' as const, color: COLOURS.wrong, size: 60 },
    encoding: { x, y },
  };
  const labels = {
    data,
    mark: { type: 'text' as const, align: 'left' as const, dx: 8, dy: -8 },
    encoding: { x, y, text: { field: 'label', type: 'nominal' as const } },
  };
  return themed({
    title: titled(title),
    width,
    height,
    data: { values },
    layer: [line, ...(marked.length > 0 ? [dots, labels] : [])],
  });
}

/** Marked at powers of ten; Vega's own choice has some in between. */
function rateAxis(points: LearningRateSearch['points']) {
  const [first, last] = [points[0].rate, points[points.length - 1].rate];
  const [low, high] = [Math.floor(Math.log10(first)), Math.ceil(Math.log10(last))];
  const powers = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  return {
    scale: { type: 'log' as const, domain: [powers[0], powers[powers.length - 1]] },
    axis: { values: powers, format: '~e', grid: false },
  };
}

function lossScale(points: LearningRateSearch['points']) {
  const losses = points.map(({ smoothedLoss }) => smoothedLoss);
  const lowest = Math.min(...losses);
  const highest = Math.min(Math.max(...losses), Math.max(losses[0], HIGHEST * lowest));
  return { domain: [0, highest], nice: true };
}

function brief(rate: number): string {
  return rate.toExponential(1).replace('e+', 'e');
}
