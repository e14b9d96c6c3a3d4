import type { LayersModel, Optimizer, Variable } from '@tensorflow/tfjs-node-gpu';
import type { ProfiledStep } from '../compile/profile';
import type { SessionOptions } from '../compile/session-options';
import type { Split } from '../data/split';
import { tf } from '../tensorflow/load';
import { checkCompiled, checkFits } from './check-fits';
import { claim } from './claim';
import { functionsOf } from './model-functions';
import { allocateFeeds, fillFeeds } from './run-batches';

export interface ProfileTrainingOptions {
  /** Images in the step, default 32; the first ones of the split. */
  readonly batchSize?: number;
  /** Steps before the one that is measured, default 5: TensorFlow optimises the graph in the first, and finds its memory. */
  readonly warmUp?: number;
  readonly compile?: SessionOptions;
}

/**
 * Where the time of one training step goes, operation by operation. Model and optimizer are left as they were.
 *
 * @throws TypeError when the model is not compiled or does not fit the split, RangeError when the split has fewer images than a batch
 * @throws Error while the model is being trained, and where TensorFlow's C API cannot be used: eager steps are not measured
 */
export async function profileTraining(
  model: LayersModel,
  split: Split,
  { batchSize = 32, warmUp = 5, compile = {} }: ProfileTrainingOptions = {},
): Promise<ProfiledStep> {
  checkFits(model, split);
  checkCompiled('profile', model);
  if (!Number.isInteger(batchSize) || batchSize <= 0 || batchSize > split.labels.length) {
    throw new RangeError(
      `invalid batchSize; not an integer from 1 to the ${split.labels.length} images: ${batchSize}`,
    );
  }
  const release = claim(model);
  try {
    return await profileClaimed(model, split, { batchSize, warmUp, compile });
  } finally {
    release();
  }
}

async function profileClaimed(
  model: LayersModel,
  split: Split,
  { batchSize, warmUp, compile }: Required<ProfileTrainingOptions>,
): Promise<ProfiledStep> {
  const fn = functionsOf(model, compile).train(1);
  if (!fn.profile || !fn.variables) {
    throw new Error(
      'cannot profile; steps run eagerly here; run "npm run doctor" in the checkout for the reason',
    );
  }
  const feeds = allocateFeeds(fn, split, batchSize);
  const first = Int32Array.from({ length: batchSize }, (_, i) => i);
  fillFeeds(feeds, split, first);
  const restore = snapshot(fn.variables(feeds), model.optimizer);
  try {
    for (let step = 0; step < warmUp; step++) await fn.call(feeds);
    return await fn.profile(feeds);
  } finally {
    restore();
    for (const feed of feeds) feed.dispose();
  }
}

/** Keeps the variables' values and the optimizer's count of steps; the returned function brings them back. */
function snapshot(variables: readonly Variable[], optimizer: Optimizer): () => void {
  const counting = optimizer as unknown as { iterations_: number };
  const iterations = optimizer.iterations;
  const values = variables.map((variable) => tf.keep(variable.clone()));
  return () => {
    values.forEach((value, i) => {
      variables[i].assign(value as never);
      value.dispose();
    });
    counting.iterations_ = iterations;
  };
}
