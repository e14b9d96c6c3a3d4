import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { orderOf } from '../data/batches';
import type { Split } from '../data/split';
import { type Metrics, MetricsMean, namedMetrics } from './metrics';
import type { ModelFunctions } from './model-functions';
import { runBatches } from './run-batches';

const BATCH_SIZE = 250; // images; without gradients a larger batch than in training fits and is faster

/**
 * Loss and accuracy of a compiled model over a split, with the loss it was compiled for (TensorFlow.js leaves the penalties of
 * regularizers out here). Batch norm uses its moving statistics.
 *
 * @returns undefined when `signal` stopped it between two batches
 */
export async function validate(
  model: LayersModel,
  { evaluate }: ModelFunctions,
  split: Split,
  signal?: AbortSignal,
): Promise<Metrics | undefined> {
  const mean = new MetricsMean();
  if (signal?.aborted) return undefined;
  for await (const { indices, results } of runBatches(
    evaluate,
    split,
    orderOf(split, undefined, 0),
    BATCH_SIZE,
    2,
  )) {
    mean.add(
      namedMetrics(
        model,
        results.map((values) => Number(values[0])),
      ),
      indices.length,
    );
    if (signal?.aborted) return undefined;
  }
  return mean.result();
}
