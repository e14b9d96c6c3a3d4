import { horizontalBars } from './bars';
import type { VegaLiteSpec } from './spec';
import { seriesColour } from './theme';

export interface BarItem {
  readonly name: string;
  readonly value: number;
  /** Bars of the same name and different groups stand one below the other. */
  readonly group?: string;
}

export interface BarPlotOptions {
  readonly title: string;
  /** What the values are, with their unit. */
  readonly valueTitle: string;
  /** What the names are, e.g. `"layer"`. */
  readonly nameTitle: string;
  /** A d3 number format for the values, default `'~g'`. */
  readonly format?: string;
  /** Of the bars' area in pixels, default 440. */
  readonly width?: number;
}

/**
 * Horizontal bars in the order of the items.
 *
 * @throws RangeError when there is no item, a value is not finite, or two items share name and group
 */
export function barPlot(items: readonly BarItem[], options: BarPlotOptions): VegaLiteSpec {
  if (items.length === 0)
    throw new RangeError(`cannot draw "${options.title}"; at least one item is needed: 0`);
  const seen = new Set<string>();
  for (const { name, value, group } of items) {
    if (!Number.isFinite(value))
      throw new RangeError(`invalid value of "${name}"; not a finite number: ${value}`);
    const key = JSON.stringify([name, group]);
    if (seen.has(key))
      throw new RangeError(`invalid items; more than one has this name and group: "${name}"`);
    seen.add(key);
  }
  const bars = items.map(({ name, value, group = '' }) => ({ name, value, group }));
  const groups = [...new Set(bars.map(({ group }) => group))];
  return horizontalBars(bars, {
    format: '~g',
    ...options,
    groups: groups.map((name, i) => ({ name, colour: seriesColour(i) })),
    sideBySide: groups.length > 1,
  });
}
