import type { JsonObject } from './checkpoint-card';
import type { TrainingRecord } from './records';
import type { Training } from './training';
import type { WeightCopies } from './weight-copy';

/** What a consumer remembers: goes into checkpoints, so that a resumed training goes on as if nothing had happened. */
export interface ConsumerState {
  readonly values: JsonObject;
  readonly tensors?: WeightCopies;
}

/**
 * Takes part in a training between two steps: it may read and change weights, scale the rate, stop. Training waits for it, and ends with
 * what it throws. Whoever only looks on is an `Observer`.
 */
export interface Consumer {
  /** Tells its state from that of others in a checkpoint. */
  readonly name: string;
  /** The record of an epoch whose validation was aborted comes again when the training is resumed. */
  onRecord(record: TrainingRecord, training: Training): void | Promise<void>;
  /** Called once after the training, however it ended, when the model has its last weights. */
  onEnd?(training: Training): void | Promise<void>;
  save?(): ConsumerState;
  restore?(state: ConsumerState): void;
}

/** @throws TypeError when two have the same name */
export function checkConsumers(consumers: readonly Consumer[]): void {
  const names = consumers.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return;
  throw new TypeError(
    `invalid consumers; their names must differ: two are called "${twice}"; ` +
      'give one another name: { ...consumer, name }',
  );
}
