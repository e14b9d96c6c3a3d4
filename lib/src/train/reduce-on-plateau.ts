import { checkOptions, checkWholeNumber } from '../model/check-arguments';
import type { Consumer } from './consumer';
import type { TrainingRecord } from './records';
import type { Training } from './training';
import { Best, type WatchedMetric } from './watched-metric';

export interface ReduceOnPlateauOptions {
  /** What must get better; default `valLoss`. */
  readonly metric?: WatchedMetric;
  /** Times the learning rate at each reduction, between 0 and 1; default 0.1. */
  readonly factor?: number;
  /** Epochs without a better one before the rate is reduced; default 10. */
  readonly patience?: number;
  /** Least change that counts as better; default 1e-4. */
  readonly minDelta?: number;
  /** The rate is never reduced to less than this; at least 0, default 0. */
  readonly minRate?: number;
}

/**
 * Reduces the learning rate when a training does not get better (keras.io/api/callbacks/reduce_lr_on_plateau, with its defaults, but
 * without a cooldown). Beside a schedule, it scales what that says.
 *
 * @throws RangeError or TypeError which names the option and its value
 */
export function reduceOnPlateau(options: ReduceOnPlateauOptions = {}): Consumer {
  checkOptions('reduceOnPlateau', options, ['metric', 'factor', 'patience', 'minDelta', 'minRate']);
  const { metric = 'valLoss', factor = 0.1, patience = 10, minDelta = 1e-4, minRate = 0 } = options;
  checkWholeNumber('patience', patience);
  if (!(factor > 0 && factor < 1)) throw new RangeError(`invalid factor; not between 0 and 1: ${factor}`);
  if (!(minRate >= 0)) throw new RangeError(`invalid minRate; not a number of at least 0: ${minRate}`);
  const best = new Best(metric, minDelta);
  return {
    name: 'reduce on plateau',
    onRecord(record, training) {
      best.checkMeasured(record, training);
      checkRate(record, training);
      if (record.kind !== 'epoch' || best.add(record, training) || best.waited < patience) return;
      best.waited = 0;
      if (record.rate! > minRate) training.scaleRate(Math.max(factor, minRate / record.rate!));
    },
    save: () => ({ values: best.save() }),
    restore: ({ values }) => best.restore(values),
  };
}

function checkRate({ rate }: TrainingRecord, { model }: Training): void {
  if (!Number.isNaN(rate)) return;
  const name = model.optimizer.getClassName();
  throw new TypeError(
    `cannot reduce the learning rate; the optimizer must have one: ${name} has none; take another optimizer`,
  );
}
