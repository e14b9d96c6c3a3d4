import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Consumer } from './consumer';
import { copyWeights, pasteWeights, type WeightCopies } from './weight-copy';

/** A consumer that can take a model back to where its numbers were still finite. */
export interface GoodWeights extends Consumer {
  /** Gives the model the last good weights, and says which they are, e.g. `those after epoch 3`. */
  giveBack(model: LayersModel): string;
}

/**
 * Keeps the weights of the end of every epoch whose losses were finite, validation included, so that a training that diverges later
 * costs only what came after.
 *
 * @param model its weights as they are now are the first good ones
 * @param epochs that were trained before
 */
export function goodWeights(model: LayersModel, epochs = 0): GoodWeights {
  let good: { readonly weights: WeightCopies; readonly epoch: number } = {
    weights: copyWeights(model),
    epoch: epochs,
  };
  return {
    name: 'good weights',
    onRecord(record, training) {
      if (record.kind !== 'epoch') return;
      const losses = [record.loss, record.valLoss ?? 0];
      if (losses.every(Number.isFinite)) good = { weights: training.validatedWeights(), epoch: record.epoch };
    },
    giveBack(to) {
      pasteWeights(to, good.weights);
      return good.epoch === 0 ? 'those from before the training' : `those after epoch ${good.epoch}`;
    },
  };
}
