import type { LesionRecord } from '../explain/lesion';
import { choosable, namedColours } from './named-colours';
import type { VegaLiteSpec } from './spec';
import { COLOURS, themed, titled } from './theme';

/** A net and what its lesions did, as `lesion()` yields them: the first record is that of the whole net. */
export interface LesionedNet {
  readonly name: string;
  readonly records: readonly LesionRecord[];
}

export interface LesionPlotOptions {
  readonly title: string;
  /**
   * What lies on the x axis. `place`: where in the net the removed part was, for lesions of one part. `removed`: how many parts
   * were. `order`: how alike the order of the parts still is (Kendall's tau), for lesions that swap.
   */
  readonly by: 'place' | 'removed' | 'order';
  /** Of all parts, in order: `partNames(model)` by the net's name. Needed for `place`. */
  readonly parts?: Readonly<Record<string, readonly string[]>>;
  /** Accuracy of guessing, 0..1; default: no line for it. */
  readonly chance?: number;
  /** Of the plotting area in pixels, default 520 by 280. */
  readonly width?: number;
  readonly height?: number;
}

const X_TITLES = {
  place: 'place of the removed part (0: first, 1: last)',
  removed: 'parts removed',
  order: "order kept (Kendall's tau; 1: nothing swapped)",
};

/**
 * Accuracy after lesions, a point each, in the manner of Veit et al. 2016 (arXiv 1605.06431, figures 3 and 5). By place, a line joins
 * neighbours and a dashed one says what the whole net can do; else the line joins the means of equal x, and begins at the whole net.
 *
 * @throws RangeError when there is no net or a net has no record, or, by place, for a lesion of other than one known part
 */
export function lesionPlot(nets: readonly LesionedNet[], options: LesionPlotOptions): VegaLiteSpec {
  const { title, by, chance, width = 520, height = 280 } = options;
  if (nets.length === 0) throw new RangeError(`cannot draw "${title}"; at least one net is needed: 0`);
  const empty = nets.find(({ records }) => records.length === 0);
  if (empty) throw new RangeError(`cannot draw "${title}"; a net has no record: ${empty.name}`);
  const quantitative = { type: 'quantitative' as const };
  const y = { field: 'y', ...quantitative, title: 'accuracy', scale: { domain: [0, 1] }, axis: PERCENT };
  const names = nets.map(({ name }) => name);
  const { params, faded } = choosable('name', names.length);
  return themed({
    title: titled(
      title,
      by === 'place' ? 'dashed: the whole net' : 'a point: one lesion; the line: their mean',
    ),
    width,
    height,
    data: { values: nets.flatMap((net) => pointsOf(net, options)) },
    encoding: {
      x: { field: 'x', ...quantitative, title: X_TITLES[by], ...axisOf(by) },
      y,
      color: namedColours(names),
    },
    layer: [
      ...(chance === undefined ? [] : [chanceLine(chance, width)]),
      ...(by === 'place' ? [wholeLines(nets, width)] : []),
      {
        params,
        mark: { type: 'line' as const },
        encoding: { opacity: faded, y: { ...y, ...(by !== 'place' && { aggregate: 'mean' as const }) } },
      },
      {
        mark: { type: 'point' as const },
        encoding: {
          opacity: choosable('name', names.length, by === 'place' ? 1 : 0.55).faded,
          tooltip: [
            { field: 'name', type: 'nominal', title: 'net' },
            { field: 'lesion', type: 'nominal' },
            { field: 'y', ...quantitative, title: 'accuracy', format: '.1%' },
          ],
        },
      },
    ],
  });
}

const PERCENT = { format: '.0%', tickCount: 5 };

function axisOf(by: LesionPlotOptions['by']) {
  if (by === 'place') return { scale: { domain: [0, 1] }, axis: { grid: false } };
  if (by === 'removed') return { axis: { grid: false, tickMinStep: 1, format: 'd' } };
  return { scale: { zero: false, nice: true, reverse: true }, axis: { grid: false } };
}

function pointsOf({ name, records }: LesionedNet, { by, parts }: LesionPlotOptions) {
  const shown = by === 'place' ? records.slice(1) : records;
  return shown.map(({ removed, swapped, accuracy, order }) => ({
    name,
    x: by === 'order' ? order : by === 'removed' ? removed.length : placeOf(removed, parts?.[name] ?? []),
    y: accuracy,
    lesion: describeLesion(removed, swapped),
  }));
}

/** The middle of the part when all are as long as each other, 0..1. */
function placeOf(removed: readonly string[], parts: readonly string[]): number {
  const at = parts.indexOf(removed[0]);
  if (removed.length === 1 && at >= 0) return (at + 0.5) / parts.length;
  const rule = 'by place, lesions must remove one part each, and it must be among `parts`';
  throw new RangeError(`cannot place a lesion; ${rule}: ${removed.join(', ') || 'nothing removed'}`);
}

function describeLesion(removed: LesionRecord['removed'], swapped: LesionRecord['swapped']): string {
  const words = [
    ...(removed.length > 0 ? [`without ${removed.join(', ')}`] : []),
    ...swapped.map(([one, other]) => `${one} and ${other} swapped`),
  ];
  return words.join('; ') || 'none';
}

/** From edge to edge, whatever the axis says. */
function across(width: number) {
  return { x: { value: 0 }, x2: { value: width } };
}

function chanceLine(chance: number, width: number) {
  return {
    data: { values: [{ chance, label: 'chance' }] },
    mark: { type: 'rule' as const, color: COLOURS.quietText, strokeDash: [2, 3] },
    encoding: {
      ...across(width),
      y: { field: 'chance', type: 'quantitative' as const },
      color: { value: COLOURS.quietText },
      tooltip: { field: 'label', type: 'nominal' as const },
    },
  };
}

function wholeLines(nets: readonly LesionedNet[], width: number) {
  return {
    data: { values: nets.map(({ name, records }) => ({ name, whole: records[0].accuracy })) },
    mark: { type: 'rule' as const, strokeDash: [6, 4] },
    encoding: { ...across(width), y: { field: 'whole', type: 'quantitative' as const } },
  };
}
