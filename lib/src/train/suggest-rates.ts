/**
 * Which learning rate a search for one suggests: fast.ai's `valley` and `steep`, on the smoothed losses that its recorder keeps.
 *
 * Source: fastai/callback/schedule.py, `valley`, `steep` and `lr_find`; docs.fast.ai/callback.schedule.html.
 */

/** One step of the search. */
export interface RatePoint {
  /** The learning rate of the step. */
  readonly rate: number;
  /** Of the step's batch, before the update. */
  readonly loss: number;
  /** Mean of the losses until now, of which the latest counts most. */
  readonly smoothedLoss: number;
}

/** Learning rates; NaN where the loss falls nowhere, or the search was over too soon. */
export interface RateSuggestion {
  /** In the middle of the longest fall of the loss: fast.ai's default. */
  readonly valley: number;
  /** Where the loss falls fastest, by the logarithm of the rate. */
  readonly steepest: number;
}

const LAST_POINTS = 5; // in which the loss rises steeply

/**
 * As `lr_find` has it, without the first tenth of the planned steps, in which the smoothed loss is hardly smooth, and without the last
 * five.
 *
 * @param points in the order of their rates
 * @param steps that were planned
 */
export function suggestRates(points: readonly RatePoint[], steps: number): RateSuggestion {
  const considered = points.slice(Math.floor(steps / 10), -LAST_POINTS);
  return { valley: valley(considered), steepest: steepest(considered) };
}

/**
 * The longest series of points, not all of them neighbours, of which each has a lower loss than the one before; then half as many
 * points back from its end as it has.
 */
export function valley(points: readonly RatePoint[]): number {
  const lengths: number[] = []; // of the longest series that ends at the point
  for (const [i, { smoothedLoss }] of points.entries()) {
    const before = lengths.filter((_, j) => smoothedLoss < points[j].smoothedLoss);
    lengths[i] = 1 + Math.max(0, ...before);
  }
  const length = Math.max(0, ...lengths);
  if (length < 2) return Number.NaN;
  const end = lengths.indexOf(length);
  const start = end - length; // fast.ai's: of a series of neighbours, the point before its first
  return points[Math.max(0, start + Math.floor(length / 3) + Math.floor(length / 6))].rate;
}

/** The rate of the point after which the loss falls fastest. */
export function steepest(points: readonly RatePoint[]): number {
  const slopes = points.slice(1).map(({ rate, smoothedLoss }, i) => {
    const before = points[i];
    return (smoothedLoss - before.smoothedLoss) / Math.log(rate / before.rate);
  });
  const least = Math.min(...slopes);
  return least < 0 ? points[slopes.indexOf(least)].rate : Number.NaN;
}
