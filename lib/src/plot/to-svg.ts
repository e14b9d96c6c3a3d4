/** Draws a spec in Node: no browser, no canvas. */
import type { TopLevelSpec } from 'vega-lite';
import type { VegaLiteSpec } from './spec';
import { textWidth } from './text-width';
import { onEitherPaper } from './theme';

/** The part of a Vega text mark that its width depends on. */
interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

/** Vega's hook for measuring text where there is no canvas; its type declarations leave it out. */
interface TextMetrics {
  width(item: TextItem, text: unknown): number;
}

/**
 * The SVG picture of a Vega-Lite spec, with its images inside.
 *
 * Vega is loaded with the first call, so that importing the library stays quick. Warnings go to the console. Nothing is
 * fetched: data and images have to be in the spec.
 *
 * @throws TypeError when `spec` is not an object
 * @throws Error when Vega-Lite or Vega refuse the spec, with their reason
 */
export async function toSvg(spec: VegaLiteSpec): Promise<string> {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    throw new TypeError(`invalid spec; not a Vega-Lite object: ${JSON.stringify(spec)}`);
  }
  checkMarks(spec);
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  measureWithoutCanvas((vega as unknown as { textMetrics: TextMetrics }).textMetrics);
  const errors: unknown[] = [];
  const logger = collectErrors(vega.logger(vega.Warn), errors);
  const loader = vega.loader();
  loader.load = async (uri) => {
    errors.push(`data must be inside the spec, not at ${uri}`);
    return '[]';
  };
  try {
    const copy = structuredClone(spec) as TopLevelSpec;
    standStill(copy);
    const compiled = vegaLite.compile(copy, { logger }).spec;
    const svg = await new vega.View(vega.parse(compiled), { renderer: 'none', logger, loader }).toSVG();
    if (errors.length === 0) return onEitherPaper(svg);
  } catch (error) {
    errors.unshift(error);
  }
  throw new Error(`cannot draw the plot; Vega-Lite refuses its spec: ${reason(errors[0])}`, {
    cause: errors[0],
  });
}

/** Takes out that a plot can be dragged and zoomed, for which Vega wants a window. */
function standStill(view: { params?: readonly object[] }): void {
  if (view.params) view.params = view.params.filter((part) => (part as { bind?: unknown }).bind !== 'scales');
  partsOf(view).forEach(standStill);
}

/** The views that a view is made of. */
function partsOf(view: object): object[] {
  const { layer, concat, hconcat, vconcat, spec } = view as Readonly<Record<string, unknown>>;
  return [layer, concat, hconcat, vconcat, spec].flat().filter((part) => part instanceof Object);
}

/** Vega-Lite's mark types. */
const MARKS =
  'arc area bar boxplot circle errorband errorbar geoshape image line point rect rule square text tick trail'.split(
    ' ',
  );

/** Vega-Lite meets an unknown mark with an error about a property of undefined. */
function checkMarks(view: object): void {
  if ('mark' in view) {
    const { mark } = view as { mark: unknown };
    const type: unknown = typeof mark === 'object' ? (mark as { type?: unknown } | null)?.type : mark;
    if (!MARKS.includes(String(type)))
      throw new TypeError(`invalid mark; not one of ${MARKS.join(', ')}: ${type}`);
  }
  partsOf(view).forEach(checkMarks);
}

/** Vega's own guess without a canvas is 0.8 em for every letter, which pushes titles and legends far out. */
function measureWithoutCanvas(metrics: TextMetrics): void {
  metrics.width = (item, text) => {
    const bold = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600;
    return textWidth(String(text ?? ''), item.fontSize ?? 11, bold ? 'bold' : 'normal');
  };
}

/** Vega reports what goes wrong while a view runs to its logger only. */
function collectErrors<Logger extends { error(...messages: readonly unknown[]): unknown }>(
  logger: Logger,
  errors: unknown[],
): Logger {
  logger.error = (...messages) => {
    errors.push(...messages);
    return logger;
  };
  return logger;
}

function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}
