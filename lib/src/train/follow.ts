/** A training with all who take part in it. */
import type { Consumer } from './consumer';
import { DivergedError } from './diverged';
import { type GoodWeights, goodWeights } from './good-weights';
import type { TrainingRecord } from './records';
import type { Training, TrainingEnd } from './training';

/**
 * Runs a training to its end. Every record goes to `onRecord`, which is not waited for, then to the consumers, one after the other,
 * which the training waits for.
 *
 * @param good of a training that goes on: what the earlier one had kept
 * @throws DivergedError when a loss is no longer finite; the model then has its last good weights, which the message names
 */
export async function follow(
  training: Training,
  consumers: readonly Consumer[],
  onRecord: (record: TrainingRecord) => void,
  good: GoodWeights = goodWeights(training.model),
): Promise<TrainingEnd> {
  try {
    return await toTheEnd(training, [good, ...consumers], onRecord);
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    const weights = `the model has its last good weights again, ${good.giveBack(training.model)}`;
    throw new DivergedError(error.loss, error.step, error.epoch, error.rate, weights);
  }
}

async function toTheEnd(
  training: Training,
  consumers: readonly Consumer[],
  onRecord: (record: TrainingRecord) => void,
): Promise<TrainingEnd> {
  try {
    for (;;) {
      const { done, value } = await training.next();
      if (done) return value;
      onRecord(value);
      for (const consumer of consumers) await consumer.onRecord(value, training);
    }
  } finally {
    await training.return(undefined as never); // where a consumer has thrown
    for (const consumer of consumers) await consumer.onEnd?.(training);
  }
}
