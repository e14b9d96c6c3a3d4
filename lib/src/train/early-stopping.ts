import { checkOptions, checkWholeNumber } from '../model/check-arguments';
import type { Consumer } from './consumer';
import { Best, type WatchedMetric } from './watched-metric';
import { pasteWeights, type WeightCopies } from './weight-copy';

export interface EarlyStoppingOptions {
  /** What must get better; default `valLoss`. */
  readonly metric?: WatchedMetric;
  /** Epochs without a better one before the training is stopped; default 3. */
  readonly patience?: number;
  /** Least change that counts as better; default 0. */
  readonly minDelta?: number;
  /** Gives the model the weights of its best epoch in the end, whether the training was stopped or not; default true. */
  readonly restoreBestWeights?: boolean;
}

/**
 * Stops a training that does not get better any more (Prechelt 1998, "Early stopping: but when?"; keras.io/api/callbacks/early_stopping).
 * Unlike Keras's, the best weights are restored by default.
 *
 * @throws RangeError or TypeError which names the option and its value
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Consumer {
  checkOptions('earlyStopping', options, ['metric', 'patience', 'minDelta', 'restoreBestWeights']);
  const { metric = 'valLoss', patience = 3, minDelta = 0, restoreBestWeights = true } = options;
  checkWholeNumber('patience', patience);
  const best = new Best(metric, minDelta);
  let weights: WeightCopies | undefined;
  return {
    name: 'early stopping',
    onRecord(record, training) {
      best.checkMeasured(record, training);
      if (record.kind !== 'epoch') return;
      if (best.add(record, training)) {
        if (restoreBestWeights) weights = training.validatedWeights();
      } else if (best.waited >= patience) {
        const what =
          best.epoch === 0 ? 'was no number' : `did not get better than ${best.value} (epoch ${best.epoch})`;
        training.stop(`${metric} ${what} for ${patience === 1 ? 'an epoch' : `${patience} epochs`}`);
      }
    },
    onEnd({ model }) {
      if (weights) pasteWeights(model, weights);
    },
    save: () => ({ values: best.save(), tensors: weights }),
    restore({ values, tensors }) {
      best.restore(values);
      weights = tensors?.size ? tensors : undefined;
    },
  };
}
