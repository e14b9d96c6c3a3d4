import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Batch } from '../data/batches';
import { type Metrics, namedMetrics } from './metrics';

/**
 * One step: forward, backward and one update by the compiled optimizer, run eagerly.
 *
 * The metrics are those of the batch before the update. The batch stays the caller's.
 */
export async function trainStep(model: LayersModel, batch: Batch): Promise<Metrics> {
  const values = await model.trainOnBatch(batch.images, batch.labels);
  return namedMetrics(model, [values].flat());
}
