import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Consumer } from './consumer';
import { copyWeights, pasteWeights, type WeightCopies } from './weight-copy';

/** A consumer that can take a model back to where its numbers were still finite. */
export interface GoodWeights extends Consumer {
  /** Gives the model the last good weights, and says which they are, e.g. `those after epoch 3`. */
  giveBack(model: LayersModel): string;
}

interface Kept {
  readonly weights: WeightCopies;
  /** 0: from before the training. */
  readonly epoch: number;
}

/**
 * Keeps the weights of the end of every epoch whose losses were finite, validation included, so that a training that diverges later
 * costs only what came after. They count as good when the next step's loss, which is theirs, is finite too.
 *
 * @param model its weights as they are now are the first good ones
 */
export function goodWeights(model: LayersModel): GoodWeights {
  let good: Kept = { weights: copyWeights(model), epoch: 0 };
  let untried: Kept | undefined;
  return {
    name: 'good weights',
    onRecord(record, training) {
      if (record.kind === 'step') {
        good = untried ?? good;
        untried = undefined;
      } else if ([record.loss, record.valLoss ?? 0].every(Number.isFinite)) {
        untried = { weights: training.validatedWeights(), epoch: record.epoch };
      }
    },
    save() {
      const kept = untried ? [good, untried] : [good];
      const tensors = kept.flatMap(({ weights }, i) =>
        [...weights].map(([name, copy]) => [`${i}/${name}`, copy] as const),
      );
      return { values: { epochs: kept.map(({ epoch }) => epoch) }, tensors: new Map(tensors) };
    },
    restore({ values, tensors = new Map() }) {
      const keptAt = (epoch: number, i: number): Kept => {
        const own = [...tensors].filter(([name]) => name.startsWith(`${i}/`));
        return { weights: new Map(own.map(([name, copy]) => [name.slice(`${i}/`.length), copy])), epoch };
      };
      [good, untried] = (values.epochs as readonly number[]).map(keptAt);
    },
    giveBack(to) {
      pasteWeights(to, good.weights);
      return good.epoch === 0 ? 'those from before the training' : `those after epoch ${good.epoch}`;
    },
  };
}
