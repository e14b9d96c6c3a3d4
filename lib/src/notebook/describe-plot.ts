/** What a plot says, in a few lines of text: for terminals, and as the text form of a notebook's output. */
import { stripTags } from './fragment';
import { sparkline } from './sparkline';

/** At most this many lines of a plot are drawn as text. */
const MOST_LINES = 6;

/** The parts of a Vega-Lite spec that matter here; a spec is plain JSON, and every part is optional. */
interface View {
  readonly title?: unknown;
  readonly mark?: unknown;
  readonly data?: { readonly values?: unknown };
  readonly encoding?: Readonly<Record<string, Channel | undefined>>;
  readonly spec?: View;
  readonly layer?: readonly View[];
  readonly concat?: readonly View[];
  readonly hconcat?: readonly View[];
  readonly vconcat?: readonly View[];
}

interface Channel {
  readonly field?: unknown;
  readonly title?: unknown;
  readonly type?: unknown;
}

type Point = Readonly<Record<string, unknown>>;

/**
 * A Vega-Lite spec in words: `plot: loss by epoch (10 points)`, and every line of a line plot as a row of bars.
 *
 * Reads the values written in the spec; what transforms would compute from them is not computed.
 */
export function describePlot(spec: object): string {
  const views = unitViews(spec as View);
  const points = new Set(views.map(valuesOf)); // layers share one array
  const count = [...points].reduce((sum, values) => sum + values.length, 0);
  const title = plainTitle((spec as View).title) ?? nameByAxes(views) ?? 'untitled';
  const heading = `plot: ${title} (${count.toLocaleString('en-US')} ${count === 1 ? 'point' : 'points'})`;
  return [heading, ...views.flatMap(describeLines).slice(0, MOST_LINES)].join('\n');
}

/** A Plotly figure in words: `plot: features in three dimensions (2 traces, 500 points)`. */
export function describeFigure(figure: {
  readonly data: readonly object[];
  readonly layout: object;
}): string {
  const title = plainTitle((figure.layout as { title?: unknown }).title) ?? 'untitled';
  const points = figure.data.reduce((sum, trace) => sum + lengthOf((trace as { x?: unknown }).x), 0);
  const traces = figure.data.length;
  return `plot: ${title} (${traces} ${traces === 1 ? 'trace' : 'traces'}, ${points.toLocaleString('en-US')} ${points === 1 ? 'point' : 'points'})`;
}

/** An SVG drawing in words: `drawing: the article's net (640 x 480)`. */
export function describeSvg(svg: string): string {
  const title = svgTitle(svg) ?? 'untitled';
  const root = rootTag(svg);
  const viewBox = /\bviewBox=["']([^"']*)/
    .exec(root)?.[1]
    .trim()
    .split(/[\s,]+/);
  const size = (name: string, viewBoxIndex: number) =>
    Number.parseFloat(new RegExp(`\\s${name}=["']([^"']*)`).exec(root)?.[1] ?? viewBox?.[viewBoxIndex] ?? '');
  const [width, height] = [size('width', 2), size('height', 3)];
  return Number.isFinite(width + height)
    ? `drawing: ${title} (${Math.round(width)} x ${Math.round(height)})`
    : `drawing: ${title}`;
}

/** What the drawing's own `<title>` or label calls it. */
export function svgTitle(svg: string): string | undefined {
  const label = /\baria-label=(["'])(.*?)\1/.exec(rootTag(svg))?.[2];
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(svg)?.[1] ?? label;
  return title && stripTags(title);
}

function rootTag(svg: string): string {
  return /<svg\b[^>]*>/i.exec(svg)?.[0] ?? '';
}

/** Every view that has a mark of its own, with the data and encoding it takes over from those around it. */
function unitViews(view: View, around: View = {}): View[] {
  const merged: View = {
    ...view,
    data: view.data ?? around.data,
    encoding: { ...around.encoding, ...view.encoding },
  };
  const parts = [view.layer, view.concat, view.hconcat, view.vconcat].flatMap((views) => views ?? []);
  if (view.spec) parts.push(view.spec);
  if (parts.length > 0) return parts.flatMap((part) => unitViews(part, merged));
  return view.mark === undefined ? [] : [merged];
}

function valuesOf(view: View): readonly Point[] {
  const values = view.data?.values;
  return Array.isArray(values) ? (values as Point[]) : NO_POINTS;
}

const NO_POINTS: readonly Point[] = [];

function describeLines(view: View): string[] {
  const mark = typeof view.mark === 'object' ? (view.mark as { type?: unknown } | null)?.type : view.mark;
  const field = view.encoding?.y?.field;
  if (mark !== 'line' || typeof field !== 'string') return [];
  const groupField = view.encoding?.color?.field ?? view.encoding?.detail?.field;
  const groups = groupBy(valuesOf(view), groupField);
  const axis = axisName(view.encoding?.y) ?? field;
  return [...groups].flatMap(([group, points]) => {
    const numbers = points
      .map((point) => point[field])
      .filter((value): value is number => typeof value === 'number');
    if (numbers.length === 0) return [];
    const name = group === undefined ? axis : `${axis}, ${group}`;
    return [
      `  ${sparkline(numbers)}  ${name}: ${brief(numbers[0])} to ${brief(numbers[numbers.length - 1])}`,
    ];
  });
}

function groupBy(points: readonly Point[], field: unknown): Map<unknown, Point[]> {
  const groups = new Map<unknown, Point[]>(); // filled in place: a line may have a hundred thousand points
  for (const point of points) {
    const group = typeof field === 'string' ? point[field] : undefined;
    const known = groups.get(group);
    if (known) known.push(point);
    else groups.set(group, [point]);
  }
  return groups;
}

function nameByAxes(views: readonly View[]): string | undefined {
  const ys = [
    ...new Set(views.map((view) => axisName(view.encoding?.y)).filter((name) => name !== undefined)),
  ];
  const x = views.map((view) => axisName(view.encoding?.x)).find((name) => name !== undefined);
  if (ys.length === 0 || x === undefined) return undefined;
  return `${ys.join(' and ')} by ${x}`;
}

function axisName(channel: Channel | undefined): string | undefined {
  if (typeof channel?.title === 'string') return channel.title;
  return typeof channel?.field === 'string' ? channel.field : undefined;
}

function plainTitle(title: unknown): string | undefined {
  if (typeof title === 'string') return title;
  if (Array.isArray(title)) return title.join(' ');
  return typeof title === 'object' && title !== null
    ? plainTitle((title as { text?: unknown }).text)
    : undefined;
}

function lengthOf(values: unknown): number {
  return Array.isArray(values) || ArrayBuffer.isView(values)
    ? ((values as { length?: number }).length ?? 0)
    : 0;
}

function brief(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-US') : value.toPrecision(3);
}
