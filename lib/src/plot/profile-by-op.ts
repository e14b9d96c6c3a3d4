import type { ProfiledStep } from '../compile/profile';
import { horizontalBars } from './bars';
import { checkProfile, subtitleOf, TIME_TITLE } from './profile-bars';
import type { VegaLiteSpec } from './spec';
import { COLOURS } from './theme';

export interface ProfileByOpOptions {
  /** Default: `"Where a step's time goes, by operation"`. */
  readonly title?: string;
  /** Kinds with a bar of their own; default 12. */
  readonly most?: number;
}

/** Time of all operations of a kind. */
export interface OpTime {
  /** TensorFlow's name without what marks oneDNN's version of an operation: `FusedConv2D` for `_MklNativeFusedConv2D`. */
  readonly op: string;
  readonly operations: number;
  readonly milliseconds: number;
  /** Of the time of all operations, 0..1. */
  readonly share: number;
}

/** Kinds of operation by their time, the longest first. */
export function timeByOp({ ops }: ProfiledStep): OpTime[] {
  const total = ops.reduce((sum, { duration }) => sum + duration / 1000, 0);
  const kinds = new Map<string, { operations: number; milliseconds: number }>();
  for (const { op, duration } of ops) {
    const name = op.replace(/^_(Mkl(Native)?)?/, '');
    const { operations, milliseconds } = kinds.get(name) ?? { operations: 0, milliseconds: 0 };
    kinds.set(name, { operations: operations + 1, milliseconds: milliseconds + duration / 1000 });
  }
  return [...kinds]
    .map(([op, kind]) => ({ op, ...kind, share: kind.milliseconds / (total || 1) }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

/**
 * Where a step's time goes by kind of operation: the longest kinds, and the rest together.
 *
 * @throws RangeError when the step has no operation, or `most` is not a positive integer
 */
export function profileByOp(
  step: ProfiledStep,
  { title = "Where a step's time goes, by operation", most = 12 }: ProfileByOpOptions = {},
): VegaLiteSpec {
  checkProfile(step, title, most);
  const times = timeByOp(step);
  const rest = times.slice(most);
  const total = (kinds: readonly OpTime[], field: 'operations' | 'milliseconds' | 'share') =>
    kinds.reduce((sum, kind) => sum + kind[field], 0);
  const bar = (name: string, kinds: readonly OpTime[]) => {
    const operations = total(kinds, 'operations');
    const details = { operations, 'of all time': `${(100 * total(kinds, 'share')).toFixed(1)} %` };
    return { name: `${name} (${operations})`, value: total(kinds, 'milliseconds'), group: 'time', details };
  };
  const bars = times.slice(0, most).map((kind) => bar(kind.op, [kind]));
  if (rest.length > 0) bars.push(bar(`${rest.length} other kinds`, rest));
  return horizontalBars(bars, {
    title,
    subtitle: subtitleOf(step, total(times, 'milliseconds')),
    nameTitle: 'operation (how many)',
    valueTitle: TIME_TITLE,
    format: '.2f',
    axisFormat: '~r',
    groups: [{ name: 'time', colour: COLOURS.first }],
    sideBySide: false,
  });
}
