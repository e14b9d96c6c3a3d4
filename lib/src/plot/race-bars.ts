import { horizontalBars } from './bars';
import type { VegaLiteSpec } from './spec';
import type { StepTimes } from './step-times';
import { COLOURS } from './theme';

export interface RaceBarsOptions {
  /** Name net, batch and device here: a time without these says nothing. */
  readonly title: string;
}

/**
 * Milliseconds per step of several ways to train, in their order: a bar to the median of each.
 *
 * @throws RangeError when there is none, or two have one name
 */
export function raceBars(times: readonly StepTimes[], { title }: RaceBarsOptions): VegaLiteSpec {
  if (times.length === 0)
    throw new RangeError(`cannot draw "${title}"; at least one way to train is needed: 0`);
  const names = times.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new RangeError(`invalid times; more than one has this name: "${twice}"`);
  const bars = times.map(({ name, median, steps, fastest, slowest, first }) => ({
    name,
    value: median,
    group: 'median',
    details: {
      steps,
      fastest: `${fastest.toFixed(1)} ms`,
      slowest: `${slowest.toFixed(1)} ms`,
      'first step': `${first.toFixed(0)} ms`,
    },
  }));
  return horizontalBars(bars, {
    title,
    subtitle: times
      .map(
        ({ name, steps, fastest, slowest }) =>
          `${name}: ${steps} steps, ${fastest.toFixed(1)} to ${slowest.toFixed(1)} ms`,
      )
      .join('; '),
    nameTitle: 'run',
    valueTitle: 'time per step, median (ms)',
    format: '.1f',
    axisFormat: '~r',
    groups: [{ name: 'median', colour: COLOURS.first }],
    sideBySide: false,
  });
}
