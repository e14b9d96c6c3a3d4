import type { TrainingRecord } from './records';
import type { Training, TrainingEnd } from './training';

/** Runs a training to its end, of whichever kind, and returns that: what a loop over the records leaves out. */
export async function toItsEnd(
  training: Training,
  onRecord?: (record: TrainingRecord) => void,
): Promise<TrainingEnd> {
  let next = await training.next();
  for (; !next.done; next = await training.next()) onRecord?.(next.value);
  return next.value;
}
