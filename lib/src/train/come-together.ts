/** How a training in a cluster begins: all with the same, from worker 0's weights. */
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Cluster } from '../cluster/cluster';
import type { Split } from '../data/split';
import type { JsonObject } from './checkpoint-card';
import { pack, unpack } from './packed';
import { differences, settledConfig } from './run-config';
import { runConfigOf } from './run-config-of';
import type { Place, Snapshot } from './snapshot';
import type { TrainOptions } from './training';

/**
 * Makes sure that all workers have the same model, images and options.
 *
 * @throws ClusterError 'disagreement' on all workers, which names what differs, and on which
 */
export async function agreeOnTraining(
  cluster: Cluster,
  model: LayersModel,
  split: Split,
  options: TrainOptions,
): Promise<void> {
  const config = settledConfig(runConfigOf(model, split, options));
  const [first, ...others] = await cluster.gather('the training', config);
  for (const [i, other] of others.entries()) {
    const [difference] = differences(first, other);
    if (difference === undefined) continue;
    throw cluster.disagreement('the training', `${difference} on worker ${i + 1}`);
  }
}

/**
 * Worker 0's weights, the state of its optimizer, and its place in the training, for everyone.
 *
 * @param own this worker's; only worker 0's is sent
 */
export async function sharedSnapshot(cluster: Cluster, { place, tensors }: Snapshot): Promise<Snapshot> {
  const bytes = cluster.index === 0 ? pack({ meta: place as unknown as JsonObject, tensors }) : undefined;
  const shared = unpack(await cluster.broadcast('weights', bytes));
  return { place: shared.meta as unknown as Place, tensors: shared.tensors };
}
