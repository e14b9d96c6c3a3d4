/** Horizontal bars with their values at the end: the form that every bar plot here takes, because names stay level. */
import type { VegaLiteSpec } from './spec';
import { COLOURS, themed, titled } from './theme';

export interface Bar {
  readonly name: string;
  /** Length of the bar, in the unit that `valueTitle` names. */
  readonly value: number;
  /** What the colour says. */
  readonly group: string;
  /** More for the hover text, by heading; the same headings for every bar. */
  readonly details?: Readonly<Record<string, string | number>>;
}

export interface BarsOptions {
  readonly title: string;
  readonly subtitle?: string;
  readonly nameTitle: string;
  readonly valueTitle: string;
  /** A d3 number format for the values, e.g. `',d'`. */
  readonly format: string;
  /** For the axis, default `format`. */
  readonly axisFormat?: string;
  /** Default: from 0 to the longest bar. */
  readonly domain?: readonly [number, number];
  readonly groups: readonly { readonly name: string; readonly colour: string }[];
  /** Draws the groups of a name one below the other; else a name has one bar, and the colour is all that a group is. */
  readonly sideBySide: boolean;
  /** Of the bars' area in pixels, default 440. */
  readonly width?: number;
}

const MANY = 30; // names, from which on the rows get lower

/** Bars in the order of `bars`. */
export function horizontalBars(bars: readonly Bar[], options: BarsOptions): VegaLiteSpec {
  const { groups, sideBySide, format } = options;
  const names = [...new Set(bars.map(({ name }) => name))];
  const perName = sideBySide ? groups.length : 1;
  const dense = names.length > MANY;
  const row = perName === 1 ? (dense ? 12 : 22) : perName * (dense ? 8 : 12) + 6;
  const fontSize = dense ? 8 : 11;
  const details = Object.keys(bars[0]?.details ?? {});
  return themed({
    title: titled(options.title, options.subtitle),
    width: options.width ?? 440,
    height: Math.max(names.length, 1) * row,
    data: { values: bars.map(valuesOf) },
    encoding: {
      y: {
        field: 'name',
        type: 'nominal',
        sort: names,
        title: options.nameTitle,
        axis: { labelFontSize: dense ? 9 : 11, labelOverlap: false },
        scale: { paddingInner: 0.2, paddingOuter: 0.1 },
      },
      ...(sideBySide && {
        yOffset: { field: 'group', type: 'nominal' as const, sort: groups.map(({ name }) => name) },
      }),
      x: {
        field: 'value',
        type: 'quantitative',
        title: options.valueTitle,
        axis: { format: options.axisFormat ?? format, tickCount: 5 },
        scale: options.domain ? { domain: [...options.domain] } : { zero: true, nice: true },
      },
      tooltip: [
        { field: 'name', type: 'nominal', title: options.nameTitle },
        ...(groups.length > 1 ? [{ field: 'group', type: 'nominal' as const, title: 'which' }] : []),
        { field: 'value', type: 'quantitative', title: options.valueTitle, format },
        ...details.map((field) => ({ field, type: 'nominal' as const })),
      ],
    },
    layer: [
      {
        mark: { type: 'bar', cornerRadiusEnd: 2 },
        encoding: {
          color: {
            field: 'group',
            type: 'nominal',
            scale: { domain: groups.map(({ name }) => name), range: groups.map(({ colour }) => colour) },
            legend:
              groups.length > 1
                ? { title: null, orient: 'top', direction: 'horizontal', symbolType: 'square' }
                : null,
          },
        },
      },
      {
        mark: {
          type: 'text',
          align: 'left',
          dx: 4,
          baseline: 'middle',
          fontSize: perName > 1 ? Math.min(fontSize, 9) : fontSize,
          color: COLOURS.quietText,
        },
        encoding: {
          x: { field: 'labelAt', type: 'quantitative' },
          text: { field: 'value', type: 'quantitative', format },
        },
      },
    ],
  });
}

function valuesOf({ name, value, group, details }: Bar) {
  const labelAt = Math.max(0, value); // left of a negative bar stand the names
  return { name, value, group, labelAt, ...details };
}
