import { checkWholeNumber } from '../model/check-arguments';
import type { Schedule } from '../train/schedules';
import { type LinePlotOptions, linePlot } from './line-plot';
import type { VegaLiteSpec } from './spec';

/** Title (default `"Learning rate"`), scale of the rates and size, as a line plot has them. */
export type SchedulePlotOptions = Partial<Pick<LinePlotOptions, 'title' | 'yScale' | 'width' | 'height'>>;

const MOST_POINTS = 300; // of a line: one for every other pixel

/**
 * The learning rate of every step, one line for each schedule. Of many steps 300 are drawn, evenly spaced, first and last included.
 *
 * @param schedules by name, or one alone
 * @param steps of the whole training
 * @throws RangeError when `steps` is not a positive integer, there is no schedule, or a logarithmic axis meets a rate of 0
 */
export function schedulePlot(
  schedules: Readonly<Record<string, Schedule>> | Schedule,
  steps: number,
  { title = 'Learning rate', ...options }: SchedulePlotOptions = {},
): VegaLiteSpec {
  checkWholeNumber('steps', steps);
  const named = typeof schedules === 'function' ? { schedule: schedules } : schedules;
  const x = someSteps(steps);
  const lines = Object.entries(named).map(([name, schedule]) => ({
    name,
    x,
    y: x.map((step) => schedule(step)),
  }));
  return linePlot(lines, { title, xTitle: 'step', yTitle: 'learning rate', ...options });
}

function someSteps(steps: number): number[] {
  const points = Math.min(steps, MOST_POINTS);
  const apart = points === 1 ? 0 : (steps - 1) / (points - 1);
  return Array.from({ length: points }, (_, i) => Math.round(i * apart));
}
