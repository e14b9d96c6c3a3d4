/** Series told apart by name: a colour each, and a legend that chooses among them. */
import { seriesColour } from './theme';

interface LegendOptions {
  /** Default circle. */
  readonly symbolType?: 'circle' | 'stroke';
  /** Of the legend above the plot, default 3. */
  readonly columns?: number;
}

/** The colour channel of data with a field `name`; without a legend where there is one name only. */
export function namedColours(
  names: readonly string[],
  { symbolType = 'circle', columns = 3 }: LegendOptions = {},
) {
  const legend = { title: null, orient: 'top' as const, symbolType, symbolOpacity: 1, columns };
  return {
    field: 'name',
    type: 'nominal' as const,
    scale: { domain: [...names], range: names.map((_, i) => seriesColour(i)) },
    legend: names.length > 1 ? legend : null,
  };
}

/**
 * Lets a click on a name in the legend choose it: the others fade. With Shift several are chosen; a double click in the plot chooses all again.
 *
 * @returns `params` for the view that has the legend, or one of its layers, and an opacity channel for whatever shall fade
 */
export function choosable(field: string, shown: number, opacity = 1) {
  if (shown < 2) return { params: [], faded: { value: opacity } };
  const chosen = {
    name: 'chosen',
    select: { type: 'point' as const, fields: [field] },
    bind: 'legend' as const,
  };
  return {
    params: [chosen],
    faded: { condition: { param: 'chosen', value: opacity }, value: opacity * 0.12 },
  };
}

/**
 * Lets a drag move what is seen of two quantitative axes, and the wheel with Alt zoom; a double click brings all back. (The wheel alone
 * scrolls the page.) Marks need `clip: true`.
 */
export const ZOOMABLE = {
  name: 'view',
  select: { type: 'interval' as const, zoom: 'wheel![event.altKey]' },
  bind: 'scales' as const,
};
