import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { batchesOf } from '../data/batches';
import type { Split } from '../data/split';
import { tf } from '../tensorflow/load';
import { type Metrics, MetricsMean, namedMetrics } from './metrics';

const BATCH_SIZE = 250; // images; without gradients a larger batch than in training fits and is faster

/**
 * Loss and accuracy of a compiled model over a split, with the loss it was compiled for (TensorFlow.js leaves the penalties of
 * regularizers out here). Batch norm uses its moving statistics.
 *
 * @returns undefined when `signal` stopped it between two batches
 */
export async function validate(
  model: LayersModel,
  split: Split,
  signal?: AbortSignal,
): Promise<Metrics | undefined> {
  const mean = new MetricsMean();
  for (const batch of batchesOf(split, { batchSize: BATCH_SIZE })) {
    try {
      if (signal?.aborted) return undefined;
      const images = batch.indices.length;
      const scalars = [model.evaluate(batch.images, batch.labels, { batchSize: images })].flat();
      const values = scalars.map((scalar) => scalar.dataSync()[0]);
      tf.dispose(scalars);
      mean.add(namedMetrics(model, values), images);
    } finally {
      tf.dispose([batch.images, batch.labels]);
    }
    await nextTurn();
  }
  return mean.result();
}
