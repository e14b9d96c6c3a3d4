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
 * Begins a training in a cluster: makes sure that all workers have the same model, images and options, and gives everyone worker 0's
 * weights, the state of its optimizer, and its place in a training that goes on.
 *
 * @param own this worker's snapshot; only worker 0's is sent
 * @throws ClusterError 'disagreement' on all workers, which names what differs, and on which
 */
export async function comeTogether(
  cluster: Cluster,
  model: LayersModel,
  split: Split,
  options: TrainOptions,
  own: Snapshot,
): Promise<Snapshot> {
  const config = settledConfig(runConfigOf(model, split, options));
  const [first, ...others] = await cluster.gather('the training', config);
  for (const [i, other] of others.entries()) {
    const [difference] = differences(first, other);
    if (difference === undefined) continue;
    throw cluster.disagreement('the training', `${difference} on worker ${i + 1}`);
  }
  const { place, tensors } = own;
  const bytes = cluster.index === 0 ? pack({ meta: place as unknown as JsonObject, tensors }) : undefined;
  const shared = unpack(await cluster.broadcast('weights', bytes));
  return { place: shared.meta as unknown as Place, tensors: shared.tensors };
}
