import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Cluster } from '../cluster/cluster';
import { orderOf } from '../data/batches';
import type { Split } from '../data/split';
import { spellOut, withNumbers } from './json-lines';
import { type Metrics, MetricsMean, type MetricsSums, namedMetrics } from './metrics';
import type { ModelFunctions } from './model-functions';
import { runBatches } from './run-batches';
import { shareOf } from './shard';

const BATCH_SIZE = 250; // images; without gradients a larger batch than in training fits and is faster

/**
 * Loss and accuracy of a compiled model over a split, with the loss it was compiled for (TensorFlow.js leaves the penalties of
 * regularizers out here). Batch norm uses its moving statistics.
 *
 * @param cluster whose workers each look at their share, and all get the same
 * @returns undefined when `signal` stopped it between two batches, on any worker
 */
export async function validate(
  model: LayersModel,
  { evaluate }: ModelFunctions,
  split: Split,
  signal?: AbortSignal,
  cluster?: Cluster,
): Promise<Metrics | undefined> {
  const all = orderOf(split, undefined, 0);
  if (!cluster) return (await measured(model, evaluate, split, all, signal))?.result();
  const own = await measured(model, evaluate, split, shareOf(all, cluster), signal);
  // as texts: JSON has no NaN, and a loss of null would count as one of 0
  const told = await cluster.gather('validation', own ? JSON.stringify(own.sums, spellOut) : null);
  if (told.includes(null)) return undefined;
  return MetricsMean.of(told.map((sums) => withNumbers(JSON.parse(sums!) as MetricsSums))).result();
}

/** @param order indices of the images to look at */
async function measured(
  model: LayersModel,
  evaluate: ModelFunctions['evaluate'],
  split: Split,
  order: Int32Array,
  signal: AbortSignal | undefined,
): Promise<MetricsMean | undefined> {
  const mean = new MetricsMean();
  if (signal?.aborted) return undefined;
  for await (const { indices, results } of runBatches(evaluate, split, order, BATCH_SIZE, 2)) {
    mean.add(
      namedMetrics(
        model,
        results.map((values) => Number(values[0])),
      ),
      indices.length,
    );
    if (signal?.aborted) return undefined;
  }
  return mean;
}
