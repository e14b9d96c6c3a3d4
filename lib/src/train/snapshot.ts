/** Everything that a training needs to go on later, in another process, to the same bits. */
import type { LayersModel, Optimizer, Variable } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import type { MetricsSums } from './metrics';
import { optimizerState, restoreOptimizer } from './optimizer-state';
import type { EpochRecord } from './records';
import { checkShapes, copyOf, copyWeights, inPlaces, paste, type TensorCopy, weightsOf } from './weight-copy';

/** Where a training was. */
export interface Place {
  /** The optimizer's class. */
  readonly optimizer: string;
  /** Steps taken. */
  readonly step: number;
  /** The epoch of the next step, 1-based; one more than there are when all were taken. */
  readonly epoch: number;
  /** Steps of that epoch that were taken. */
  readonly stepInEpoch: number;
  /** Of the epoch so far. */
  readonly sums: MetricsSums;
  /** Of the epochs before. */
  readonly records: readonly EpochRecord[];
  readonly seconds: number;
  readonly epochSeconds: number;
  readonly rateFactor: number;
  /** Why the training was stopped, where it was: one that goes on from here ends at once. */
  readonly stopReason?: string;
  readonly averageUpdates: number;
}

export interface Snapshot {
  readonly place: Place;
  /** `weights/<i>/<name>`, `optimizer/<name>`, `own/<i>`: the memory of JavaScript, nothing to dispose. */
  readonly tensors: ReadonlyMap<string, TensorCopy>;
}

/** @param own variables besides the model's and the optimizer's, in a fixed order */
export async function takeSnapshot(
  model: LayersModel,
  own: readonly Variable[],
  place: Place,
): Promise<Snapshot> {
  const tensors = new Map<string, TensorCopy>();
  for (const [name, copy] of copyWeights(model)) tensors.set(`weights/${name}`, copy);
  for (const [name, tensor] of await optimizerState(model.optimizer)) {
    tensors.set(`optimizer/${name}`, copyOf(tensor));
    if (!(tensor instanceof tf.Variable)) tensor.dispose();
  }
  own.forEach((variable, i) => {
    tensors.set(`own/${i}`, copyOf(variable));
  });
  return { place, tensors };
}

/**
 * Gives model, optimizer and `own` the values of the snapshot.
 *
 * @throws Error when it is another model's or optimizer's, with what differs; nothing is changed then
 */
export async function restoreSnapshot(
  model: LayersModel,
  own: readonly Variable[],
  { place, tensors }: Snapshot,
): Promise<void> {
  const { optimizer } = model;
  if (place.optimizer !== optimizer.getClassName()) {
    throw new Error(
      `the optimizers differ: ${place.optimizer} was saved, the model has ${optimizer.getClassName()}`,
    );
  }
  const weights = weightsOf(model);
  const values = (prefix: string) => {
    const under = [...tensors].filter(([name]) => name.startsWith(prefix));
    return inPlaces(under.map(([name, tensor]) => [name.slice(prefix.length), tensor] as const));
  };
  checkShapes('weights of the model', weights, values('weights/'));
  checkShapes('averages and scales of the training', own, values('own/'));
  await restoreOptimizer(optimizer as Optimizer, new Map(values('optimizer/')));
  for (const [i, [, value]] of values('weights/').entries()) paste(weights[i], value);
  for (const [i, [, value]] of values('own/').entries()) paste(own[i], value);
}
