import type { SurfacePoint } from '../explain/loss-surface';
import { checkPositive } from '../model/check-arguments';
import { checkNames } from './gradient-flow-plot';

/** A net and the points of `lossSurface()` around it; some rows may still be missing. */
export interface SurfaceOfNet {
  readonly name: string;
  readonly points: readonly SurfacePoint[];
}

/** Values at the crossings of a grid. */
export interface Grid {
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  /** `[ys, xs]`; undefined where there is none (yet). */
  readonly values: readonly (readonly (number | undefined)[])[];
}

/** Round numbers that follow each other by about equal factors. */
const DIGITS = [1, 1.5, 2, 3, 5, 7];

/** Losses as powers of ten: near the minimum they differ by hundredths, far from it by tens. */
export function logLossGrid(points: readonly SurfacePoint[], lowest: number, highest: number): Grid {
  const [xs, ys] = [sorted(points.map(({ x }) => x)), sorted(points.map(({ y }) => y))];
  const at = new Map(points.map((point) => [`${point.x},${point.y}`, point]));
  const heightAt = (x: number, y: number) => {
    const point = at.get(`${x},${y}`);
    return point && Math.log10(clamped(point.loss, lowest, highest));
  };
  return { xs, ys, values: ys.map((y) => xs.map((x) => heightAt(x, y))) };
}

/** Not a number counts as high: the weights are out of all bounds there. */
export function clamped(loss: number, lowest: number, highest: number): number {
  return Number.isNaN(loss) ? highest : Math.min(Math.max(loss, lowest), highest);
}

/** One scale for all nets: from the smallest loss to the largest or to `highest`, and the round numbers between them. */
export function lossScale(title: string, nets: readonly SurfaceOfNet[], highest: number) {
  checkNames(title, nets);
  checkPositive('highest', highest);
  const losses = nets.flatMap(({ points }) => points.map(({ loss }) => loss)).filter((loss) => loss > 0);
  if (losses.length === 0) throw new RangeError(`cannot draw "${title}"; no point has a loss above 0`);
  const low = Math.min(...losses, highest / 2);
  const high = Math.min(Math.max(...losses), highest);
  const powers = Array.from({ length: 12 }, (_, i) => i - 8);
  const levels = powers.flatMap((power) => DIGITS.map((digit) => Number(`${digit}e${power}`)));
  return { lowest: low, highest: high, levels: levels.filter((level) => level > low && level < high) };
}

function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
