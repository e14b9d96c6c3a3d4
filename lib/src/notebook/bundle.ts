/** Whatever can be shown, as one notebook output in several forms, or as text. */
import { inspect } from 'node:util';
import type { PlotlyFigure, VegaLiteSpec } from '../plot/spec';
import { toSvg } from '../plot/to-svg';
import { describeFigure, describePlot, describeSvg, svgTitle } from './describe-plot';
import { escapeHtml, type Fragment, isFragment } from './fragment';
import { type Bundle, newDisplayId } from './output';
import { plotlyHtml } from './plotly-html';
import { table } from './table';

/** A Vega-Lite spec, SVG or other text, a Plotly figure, table rows, or what `html`, `markdown` and `table` make. */
export type Showable = VegaLiteSpec | PlotlyFigure | Fragment | readonly object[] | string;

export interface ShowOptions {
  /** A Vega-Lite spec that says the same as a Plotly figure: its picture where scripts do not run. */
  readonly still?: VegaLiteSpec;
}

/**
 * All forms of `what`.
 *
 * @param kernel Stands for the notebook's page: the first Plotly figure of a kernel brings plotly.js along.
 * @param options.picture Whether a Vega-Lite spec gets its SVG, which takes some 60 ms; default true.
 */
export async function toBundle(
  what: Showable,
  kernel: object,
  { still, picture = true }: ShowOptions & { readonly picture?: boolean } = {},
): Promise<Bundle> {
  const shown = classify(what);
  const text = { 'text/plain': describe(shown) };
  switch (shown.kind) {
    case 'text':
      return text;
    case 'fragment':
      return {
        ...(shown.value.html !== undefined && { 'text/html': shown.value.html }),
        ...(shown.value.markdown !== undefined && { 'text/markdown': shown.value.markdown }),
        ...text,
      };
    case 'svg':
      return {
        'text/html': imageOf(shown.value, svgTitle(shown.value) ?? 'drawing'),
        'image/svg+xml': shown.value,
        ...text,
      };
    case 'vega-lite': {
      // First the picture: a spec that Vega refuses is an error here, not an empty output.
      const svg = picture ? { 'image/svg+xml': await toSvg(shown.value) } : {};
      return { 'application/vnd.vegalite.v5+json': shown.value, ...svg, ...text };
    }
    case 'plotly': {
      const svg = still && (await toSvg(still));
      const withLibrary = !pagesWithPlotly.has(kernel);
      pagesWithPlotly.add(kernel);
      const standIn = svg ? imageOf(svg, describe(shown)) : `<pre>${escapeHtml(text['text/plain'])}</pre>`;
      const html = plotlyHtml(shown.value, { id: `plot-${newDisplayId()}`, still: standIn, withLibrary });
      return { 'text/html': html, ...(svg && { 'image/svg+xml': svg }), ...text };
    }
  }
}

/** `what` as a terminal prints it. */
export function toText(what: Showable): string {
  return describe(classify(what));
}

/** Kernels whose notebook page already holds plotly.js; a kernel's life is the page's, so nothing has to be reset. */
const pagesWithPlotly = new WeakSet<object>();

type Classified =
  | { kind: 'vega-lite'; value: VegaLiteSpec }
  | { kind: 'plotly'; value: PlotlyFigure }
  | { kind: 'fragment'; value: Fragment }
  | { kind: 'svg'; value: string }
  | { kind: 'text'; value: string };

function classify(what: Showable): Classified {
  if (typeof what === 'string')
    return isSvg(what) ? { kind: 'svg', value: withNamespace(what) } : { kind: 'text', value: what };
  if (Array.isArray(what)) return { kind: 'fragment', value: table(what) };
  if (isFragment(what)) return { kind: 'fragment', value: what };
  if (isFigure(what)) return { kind: 'plotly', value: what };
  if (isVegaLite(what)) return { kind: 'vega-lite', value: what };
  throw new TypeError(
    `cannot show; not a Vega-Lite spec, Plotly figure, text, SVG, table rows or fragment: ${inspect(what, { depth: 0 })}`,
  );
}

function describe(shown: Classified): string {
  switch (shown.kind) {
    case 'vega-lite':
      return describePlot(shown.value);
    case 'plotly':
      return describeFigure(shown.value);
    case 'svg':
      return describeSvg(shown.value);
    case 'fragment':
      return shown.value.text;
    case 'text':
      return shown.value;
  }
}

/** An image element survives the clean-up of untrusted notebooks, SVG itself does not. */
export function imageOf(svg: string, alternative: string): string {
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  return `<img alt="${escapeHtml(alternative)}" style="max-width:100%" src="${source}">`;
}

/** Outside HTML, a drawing without its namespace is not a picture. */
function withNamespace(svg: string): string {
  return /<svg\b[^>]*\sxmlns=/.test(svg)
    ? svg
    : svg.replace(/<svg\b/, '<svg xmlns="http://www.w3.org/2000/svg"');
}

function isSvg(text: string): boolean {
  return /^\s*(<\?xml[^>]*>\s*|<!DOCTYPE[^>]*>\s*|<!--[\s\S]*?-->\s*)*<svg[\s>]/i.test(text);
}

function isFigure(value: unknown): value is PlotlyFigure {
  const figure = value as Partial<PlotlyFigure> | null;
  return Array.isArray(figure?.data) && typeof figure?.layout === 'object' && figure.layout !== null;
}

function isVegaLite(value: unknown): value is VegaLiteSpec {
  if (typeof value !== 'object' || value === null) return false;
  const parts = ['mark', 'layer', 'concat', 'hconcat', 'vconcat', 'spec'];
  return parts.some((part) => part in value);
}
