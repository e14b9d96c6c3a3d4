import type { ProfiledOp, ProfiledStep } from '../compile/profile';
import type { VegaLiteSpec } from './spec';
import { COLOURS, seriesColour, themed } from './theme';

export interface ProfileBarsOptions {
  readonly title: string;
  /** Names of the model's layers in their order; default: the order in which the longest forward operation of each began. */
  readonly layers?: readonly string[];
  /** With more layers than this, the longest ones are drawn; the second line says what the others take. Default 30. */
  readonly most?: number;
}

/** Time of one layer, or of what belongs to none, in one pass. */
export interface LayerTime {
  readonly layer: string;
  readonly pass: ProfiledOp['pass'];
  readonly milliseconds: number;
  readonly operations: number;
}

/** The bars of what belongs to no layer: the update of the weights; data, loss and metrics. */
const OPTIMIZER = 'optimizer';
const OUTSIDE = 'outside of layers';

const PASSES = [
  { name: 'forward', colour: COLOURS.first },
  { name: 'backward', colour: COLOURS.second },
  { name: 'update', colour: seriesColour(1) },
  { name: 'other', colour: COLOURS.other },
] as const;

const ROW = 15; // height of a bar with its gap, in pixels

/**
 * Time of every layer of a step in the model's order, forward and backward; what belongs to no layer stands below.
 *
 * @throws RangeError when the step has no operation, or `most` is not a positive integer
 */
export function profileBars(step: ProfiledStep, options: ProfileBarsOptions): VegaLiteSpec {
  const { title, layers = layersByStart(step.ops), most = 30 } = options;
  checkProfile(step, title, most);
  const times = timeByLayer(step);
  const totals = totalsOf(times);
  const busy = sum([...totals.values()]);
  const { names, left } = drawn(totals, layers, most);
  const subtitle = [subtitleOf(step, busy)];
  if (left.length > 0) {
    const time = sum(left.map((name) => totals.get(name)!));
    subtitle.push(`the longest ${most} layers; the other ${left.length} take ${time.toFixed(1)} ms together`);
  }
  const passes = PASSES.filter(({ name }) => times.some(({ pass }) => pass === name));
  const values = names.flatMap((layer) => {
    const parts = passes.flatMap(({ name }) =>
      times.filter((time) => time.layer === layer && time.pass === name),
    );
    return parts.map((part, at) => ({
      ...part,
      order: PASSES.findIndex(({ name }) => name === part.pass),
      total: totals.get(layer)!,
      share: totals.get(layer)! / (busy || 1),
      last: at === parts.length - 1,
    }));
  });
  const quantitative = { type: 'quantitative' as const };
  const nominal = { type: 'nominal' as const };
  return themed({
    title: { text: title, subtitle },
    width: 440,
    height: names.length * ROW,
    data: { values },
    encoding: {
      y: {
        field: 'layer',
        ...nominal,
        sort: names,
        title: 'layer',
        axis: { labelFontSize: 10, labelOverlap: false },
        scale: { paddingInner: 0.2, paddingOuter: 0.1 },
      },
      tooltip: [
        { field: 'layer', ...nominal },
        { field: 'pass', ...nominal },
        { field: 'milliseconds', ...quantitative, format: '.3f' },
        { field: 'operations', ...quantitative, format: ',d' },
        { field: 'total', ...quantitative, title: 'milliseconds of the layer', format: '.3f' },
        { field: 'share', ...quantitative, title: 'of all', format: '.1%' },
      ],
    },
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          x: {
            field: 'milliseconds',
            ...quantitative,
            stack: 'zero',
            title: TIME_TITLE,
            axis: { tickCount: 5 },
          },
          order: { field: 'order', ...quantitative },
          color: {
            field: 'pass',
            ...nominal,
            scale: { domain: passes.map(({ name }) => name), range: passes.map(({ colour }) => colour) },
            legend: { title: null, orient: 'top', direction: 'horizontal', symbolType: 'square' },
          },
        },
      },
      {
        transform: [{ filter: 'datum.last' }],
        mark: {
          type: 'text',
          align: 'left',
          dx: 4,
          baseline: 'middle',
          fontSize: 9,
          color: COLOURS.quietText,
        },
        encoding: {
          x: { field: 'total', ...quantitative },
          text: { field: 'total', ...quantitative, format: '.2f' },
        },
      },
    ],
  });
}

/** Throws a RangeError for a profile that cannot be drawn, or not with so many bars. */
export function checkProfile({ ops }: ProfiledStep, title: string, most: number): void {
  if (ops.length === 0) throw new RangeError(`cannot draw "${title}"; the step has no operation`);
  if (!Number.isInteger(most) || most < 1) {
    throw new RangeError(`invalid most; not a positive integer: ${most}`);
  }
}

export const TIME_TITLE = 'time of its operations (ms)';

/** What a profile's plots say below their titles: why bars sum to more than a step takes. */
export function subtitleOf({ duration, ops }: ProfiledStep, busy: number): string {
  return (
    `${(duration / 1000).toFixed(1)} ms from the first to the last of ${ops.length.toLocaleString('en-US')} operations; ` +
    `side by side, they add up to ${busy.toFixed(1)} ms`
  );
}

/** Time of every layer and pass that has operations, in the order in which they first began. */
export function timeByLayer({ ops }: ProfiledStep): LayerTime[] {
  const groups = new Map<string, ProfiledOp[]>();
  for (const op of ops) {
    const key = JSON.stringify([rowOf(op), op.pass]);
    groups.set(key, [...(groups.get(key) ?? []), op]);
  }
  return [...groups.values()].map((group) => ({
    layer: rowOf(group[0]),
    pass: group[0].pass,
    milliseconds: sum(group.map(({ duration }) => duration / 1000)),
    operations: group.length,
  }));
}

/** Time of one pass. */
export interface PassTime {
  readonly pass: ProfiledOp['pass'];
  readonly milliseconds: number;
  readonly operations: number;
  /** Of the time of all operations, 0..1. */
  readonly share: number;
}

/** Time of the passes: forward, backward, update and other, all four. */
export function timeByPass({ ops }: ProfiledStep): PassTime[] {
  const time = (some: readonly ProfiledOp[]) => sum(some.map(({ duration }) => duration / 1000));
  return PASSES.map(({ name: pass }) => {
    const inPass = ops.filter((op) => op.pass === pass);
    const milliseconds = time(inPass);
    return { pass, milliseconds, operations: inPass.length, share: milliseconds / (time(ops) || 1) };
  });
}

function rowOf({ layer, pass }: ProfiledOp): string {
  if (pass === 'update') return OPTIMIZER;
  return layer === '' ? OUTSIDE : layer;
}

/** Constants and reads of variables begin at once, whatever the place of their layer: its longest operation tells that. */
function layersByStart(ops: readonly ProfiledOp[]): string[] {
  const longest = new Map<string, ProfiledOp>();
  for (const op of ops) {
    const known = longest.get(op.layer);
    const better =
      !known ||
      (op.pass === known.pass
        ? op.duration > known.duration
        : op.pass === 'forward' && known.pass !== 'forward');
    if (op.layer !== '' && better) longest.set(op.layer, op);
  }
  return [...longest].sort(([, a], [, b]) => a.start - b.start).map(([layer]) => layer);
}

/** The bars' names from top to bottom; all but the `most` longest layers are left out. */
function drawn(totals: ReadonlyMap<string, number>, layers: readonly string[], most: number) {
  const outside = [OUTSIDE, OPTIMIZER].filter((name) => totals.has(name));
  const inside = [...totals.keys()].filter((name) => !outside.includes(name));
  const known = layers.filter((name) => inside.includes(name));
  const ordered = [...known, ...inside.filter((name) => !known.includes(name))];
  const longest = new Set([...ordered].sort((a, b) => totals.get(b)! - totals.get(a)!).slice(0, most));
  return {
    names: [...ordered.filter((name) => longest.has(name)), ...outside],
    left: ordered.filter((name) => !longest.has(name)),
  };
}

function totalsOf(times: readonly LayerTime[]): Map<string, number> {
  const totals = new Map<string, number>();
  for (const { layer, milliseconds } of times) totals.set(layer, (totals.get(layer) ?? 0) + milliseconds);
  return totals;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
