import type { TrainingRecord } from '../train/records';
import { median } from './mean';

/** How long the steps of one way to train take, in milliseconds. */
export interface StepTimes {
  readonly name: string;
  /** How many were measured. */
  readonly steps: number;
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
  /** Until the very first record: a compiled step is recorded and built by then. */
  readonly first: number;
}

/**
 * Times between one step's record and the next one's, so that whatever happens in a step counts. Steps that follow a new
 * epoch's begin are left out, because a validation may lie in between.
 *
 * @param records of one training, or of several one after the other
 * @param warmUp steps at the begin of each training that do not count, default 5
 * @throws RangeError when no step is left to measure
 */
export function stepTimes(name: string, records: readonly TrainingRecord[], warmUp = 5): StepTimes {
  const times: number[] = [];
  let before: TrainingRecord | undefined;
  for (const record of records) {
    const follows = before?.kind === 'step' && record.kind === 'step' && record.step === before.step + 1;
    if (follows && record.step > warmUp) times.push(1000 * (record.seconds - before!.seconds));
    before = record;
  }
  const first = records.find(({ kind }) => kind === 'step');
  if (times.length === 0 || !first) {
    throw new RangeError(
      `cannot time the steps of ${name}; no two steps in a row after ${warmUp} steps of warm-up: ${records.length} records`,
    );
  }
  times.sort((a, b) => a - b);
  return {
    name,
    steps: times.length,
    median: median(times),
    fastest: times[0],
    slowest: times[times.length - 1],
    first: 1000 * first.seconds,
  };
}
