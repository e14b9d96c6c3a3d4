import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { batchesOf } from '../data/batches';
import type { Split } from '../data/split';
import { tf } from '../tensorflow/load';
import { checkFits } from '../train/check-fits';

/** What a model says about every image of a split, beside the truth; plain arrays. */
export interface Predictions {
  /** `[n, classes]` in row-major order, each row summing to 1 when the model ends in a softmax. */
  readonly probabilities: Float32Array;
  /** True class indices, `[n]`. */
  readonly labels: Uint8Array;
  readonly classNames: readonly string[];
  readonly splitName: string;
}

/**
 * Runs the model over a split, in the split's order and in inference mode; the model need not be compiled.
 *
 * @param options.batchSize images at a time, default 250; it changes time and memory, not the result
 * @param options.signal stops between two batches: the promise is rejected with the signal's reason
 * @throws TypeError when the model does not fit the split; RangeError when the split is empty
 */
export async function predict(
  model: LayersModel,
  split: Split,
  { batchSize = 250, signal }: { batchSize?: number; signal?: AbortSignal } = {},
): Promise<Predictions> {
  checkFits(model, split);
  const classes = split.classNames.length;
  const probabilities = new Float32Array(split.labels.length * classes);
  let done = 0;
  for (const batch of batchesOf(split, { batchSize })) {
    try {
      signal?.throwIfAborted();
      const output = model.predictOnBatch(batch.images) as Tensor; // [batch, classes]
      probabilities.set(output.dataSync<'float32'>(), done * classes);
      output.dispose();
      done += batch.indices.length;
    } finally {
      tf.dispose([batch.images, batch.labels]);
    }
    await nextTurn();
  }
  return { probabilities, labels: split.labels, classNames: split.classNames, splitName: split.name };
}
