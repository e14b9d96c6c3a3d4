import type { LayersModel, Optimizer, Variable } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { claim } from './claim';
import { type CompileChoice, functionsOf } from './model-functions';
import { optimizerState } from './optimizer-state';
import { copyOf, paste, weightsOf } from './weight-copy';

/**
 * Runs what trains a compiled model, and afterwards gives back every bit that it had: weights, what the optimizer remembers and how
 * many steps it has taken, the loss scale, the place that random numbers depend on. Also when `run` throws.
 *
 * An optimizer that has not taken a step yet has no averages; those that it makes here stay, for compiled steps hold them, with the
 * values of new ones. Only the first trial thereby leaves tensors behind, the optimizer's own.
 *
 * @param compile as `run` trains
 * @throws Error while the model is being trained, or when the optimizer does not tell what it remembers, as TensorFlow.js's Adamax;
 *   nothing is run then
 */
export async function trial<T>(
  model: LayersModel,
  compile: CompileChoice,
  run: () => Promise<T>,
): Promise<T> {
  const restore = await claimed(model, () => remember(model, compile));
  try {
    return await run();
  } finally {
    await claimed(model, restore);
  }
}

async function claimed<T>(model: LayersModel, act: () => Promise<T>): Promise<T> {
  const release = claim(model);
  try {
    return await act();
  } finally {
    release();
  }
}

/** By variable and not by name, as a `Snapshot` has it: in which order an optimizer lists its averages depends on how many it has. */
async function remember(model: LayersModel, compile: CompileChoice): Promise<() => Promise<void>> {
  const { optimizer } = model;
  const { position, lossScale } = functionsOf(model, compile);
  const variables = [...weightsOf(model), ...(lossScale?.variables ?? []), ...(await variablesOf(optimizer))];
  const copies = new Map(variables.map((variable) => [variable, copyOf(variable)]));
  const counting = optimizer as unknown as { iterations_: number };
  const { iterations } = optimizer;
  const place = { ...position };
  return async () => {
    for (const [variable, copy] of copies) paste(variable, copy);
    for (const variable of await variablesOf(optimizer)) {
      if (!copies.has(variable)) renew(variable, optimizer);
    }
    counting.iterations_ = iterations;
    Object.assign(position, place);
  };
}

async function variablesOf(optimizer: Optimizer): Promise<Variable[]> {
  const tensors = [...(await optimizerState(optimizer)).values()];
  const variables = tensors.filter((tensor): tensor is Variable => tensor instanceof tf.Variable);
  for (const tensor of tensors) if (!(tensor instanceof tf.Variable)) tensor.dispose();
  return variables;
}

/** Gives an average the value it begins with: 0 with all optimizers but Adagrad. */
function renew(average: Variable, optimizer: Optimizer): void {
  const { initialAccumulatorValue = 0 } = optimizer as { initialAccumulatorValue?: number };
  tf.tidy(() => average.assign(tf.fill(average.shape, initialAccumulatorValue) as never));
}
