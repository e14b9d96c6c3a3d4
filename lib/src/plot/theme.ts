/** How every plot looks: one set of colours with fixed meanings, one font, one config. */
import type { Config } from 'vega-lite';
import type { VegaLiteSpec } from './spec';

/** Helvetica, or a face with the same letter widths, which `text-width.ts` knows. */
export const FONT = 'Helvetica, Arial, Liberation Sans, sans-serif';

/** Colours by meaning; the pairs differ for every common kind of colour blindness, and in print. */
export const COLOURS = {
  training: '#4269d0',
  validation: '#e0850b',
  right: '#00876c', // bluish green and vermilion, after Okabe and Ito's palette
  wrong: '#d1490b',
  first: '#4269d0', // of two measures side by side
  second: '#8fb8de',
  other: '#b8bdc6',
  text: '#1f2430',
  quietText: '#667085',
  grid: '#e6e8ec',
  axis: '#98a0ad',
  background: '#ffffff',
  onLight: '#1f2431', // text on fills that stay as they are, on dark paper too
  onDark: '#fefefe',
} as const;

/** What stands behind and beside the data, as it is on dark paper. All other colours can be told apart on both papers, and stay. */
const ON_DARK_PAPER: readonly (readonly [light: string, dark: string])[] = [
  [COLOURS.background, '#15181d'],
  [COLOURS.text, '#dfe3ea'],
  [COLOURS.quietText, '#9ba5b5'],
  [COLOURS.grid, '#2e343e'],
  [COLOURS.axis, '#7b8494'],
];

/**
 * CSS that changes the paper of drawings.
 *
 * @param scope a selector of what the drawings are in
 * @param colour what a colour becomes
 */
export function paperRules(scope: string, colour: (light: string, dark: string) => string): string {
  return ON_DARK_PAPER.flatMap(([light, dark]) =>
    ['fill', 'stroke'].map((paint) => `${scope} [${paint}="${light}"]{${paint}:${colour(light, dark)}}`),
  ).join('\n');
}

/**
 * A drawing for either paper: as an image it follows the colour scheme of the page that it stands in. (JupyterLab draws plots from
 * their specs, on light paper.)
 */
export function onEitherPaper(svg: string): string {
  const rules = `@media screen and (prefers-color-scheme:dark){${paperRules('svg:root', (_light, dark) => dark)}}`;
  return svg.replace(/<svg\b[^>]*>/, (root) => `${root}<style>${rules}</style>`);
}

/** For classes and series, in this order: Observable's ten, yellow darkened for lines on white. */
export const SERIES_COLOURS = [
  '#4269d0',
  '#e0850b',
  '#3ca951',
  '#d1495b',
  '#7b4fc9',
  '#2fa7a0',
  '#9c6b4e',
  '#ff8ab7',
  '#667085',
  '#97bbf5',
] as const;

/** Of heat maps, from small to large: light enough at neither end to be taken for paper; readable in grey, too. */
export const LOW_TO_HIGH = [
  '#1c2f6b',
  '#4269d0',
  '#8fb8de',
  '#f3e6c8',
  '#e9a13b',
  '#c2410c',
  '#6b1d0a',
] as const;

/** Of the walls of a plotly scene. */
export const SCENE_AXIS = {
  backgroundcolor: '#f8f9fb',
  gridcolor: '#d5d9e0',
  showbackground: true,
  zeroline: false,
} as const;

/** The colour of series or class `index`, from the start again after ten. */
export function seriesColour(index: number): string {
  return SERIES_COLOURS[index % SERIES_COLOURS.length];
}

const CONFIG: Config = {
  background: COLOURS.background,
  padding: 12,
  font: FONT,
  view: { stroke: null },
  title: {
    anchor: 'start',
    color: COLOURS.text,
    fontSize: 14,
    fontWeight: 600,
    offset: 12,
    subtitleColor: COLOURS.quietText,
    subtitleFontSize: 12,
    subtitlePadding: 4,
  },
  axis: {
    domainColor: COLOURS.axis,
    gridColor: COLOURS.grid,
    labelColor: COLOURS.text,
    labelFontSize: 11,
    labelLimit: 200,
    tickColor: COLOURS.axis,
    tickSize: 4,
    titleColor: COLOURS.quietText,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    titlePadding: 8,
  },
  axisQuantitative: { tickCount: 6, labelFlush: false },
  axisBand: { domain: false, ticks: false, labelPadding: 6 },
  legend: {
    labelColor: COLOURS.text,
    labelFontSize: 11,
    labelLimit: 260,
    titleColor: COLOURS.quietText,
    titleFontSize: 11,
    titleFontWeight: 'normal',
  },
  header: { labelColor: COLOURS.text, titleColor: COLOURS.quietText },
  line: { strokeWidth: 2 },
  point: { size: 36, filled: true, opacity: 1 },
  bar: { color: COLOURS.first },
  text: { color: COLOURS.text, fontSize: 11 },
};

/** `spec` with the theme; the spec's own properties stay. */
export function themed(spec: VegaLiteSpec): VegaLiteSpec {
  return { $schema: 'https://vega.github.io/schema/vega-lite/v5.json', ...spec, config: CONFIG };
}

/** A title with a quieter second line. */
export function titled(text: string, subtitle?: string): { text: string; subtitle?: string } {
  return subtitle === undefined ? { text } : { text, subtitle };
}
