/** What an optimizer of TensorFlow.js remembers from step to step: its averages, its powers of beta, its count of steps. */
import type { Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { checkShapes, paste, type TensorCopy, tensorOf, type WeightCopies } from './weight-copy';

type Told = Awaited<ReturnType<Optimizer['getWeights']>>;

const FIELD = 'field/';

/** `getWeights` names averages by their variables, which may share a name; their place tells them apart. */
const nameOf = (index: number, name: string) => `${index}/${name}`;

/**
 * The optimizer's state by name, in a fixed order: what `getWeights` tells, and the variables that are fields of its own (Adam's powers
 * of beta, which `setWeights` would compute anew, with other last bits). The caller disposes what is not a variable.
 */
export async function optimizerState(optimizer: Optimizer): Promise<Map<string, Tensor>> {
  const told = await optimizer.getWeights();
  const fields = fieldsOf(optimizer, told).map(([name, tensor]) => ({ name: `${FIELD}${name}`, tensor }));
  return new Map([...told, ...fields].map(({ name, tensor }, i) => [nameOf(i, name), tensor]));
}

/**
 * Gives the optimizer a state that {@link optimizerState} told of one with the same class and settings.
 *
 * @param state copies, in the same order
 * @throws Error when the optimizer remembers other variables already; nothing is changed then
 */
export async function restoreOptimizer(optimizer: Optimizer, state: WeightCopies): Promise<void> {
  const named = [...state].map(([name, copy]) => [name.slice(name.indexOf('/') + 1), copy] as const);
  const saved = named.filter(([name]) => !name.startsWith(FIELD));
  const told = await optimizer.getWeights();
  const fields = fieldsOf(optimizer, told);
  const variables = told.flatMap(({ tensor }) => (tensor instanceof tf.Variable ? [tensor] : []));
  for (const { tensor } of told) if (!(tensor instanceof tf.Variable)) tensor.dispose(); // made for the count of steps
  if (told.length < saved.length) await setWeights(optimizer, saved);
  else {
    const [[, count], ...averages] = saved;
    checkShapes('averages of the optimizer', variables, averages);
    (optimizer as unknown as { iterations_: number }).iterations_ = count.values[0];
    for (const [i, [, copy]] of averages.entries()) paste(variables[i], copy); // they may be in a graph already
  }
  for (const [name, variable] of fields) {
    const field = named.find(([saved]) => saved === `${FIELD}${name}`);
    if (field) paste(variable, field[1]);
  }
}

/** Of an optimizer that has made no step yet: it makes its variables of these. */
async function setWeights(
  optimizer: Optimizer,
  saved: readonly (readonly [string, TensorCopy])[],
): Promise<void> {
  const weights = saved.map(([name, copy]) => ({ name, tensor: tensorOf(copy) }));
  try {
    await optimizer.setWeights(weights);
  } finally {
    tf.dispose(weights.map(({ tensor }) => tensor));
  }
}

/** Variables that are fields of the optimizer itself, without those that `getWeights` tells. */
function fieldsOf(optimizer: Optimizer, told: Told): [string, Variable][] {
  const known = new Set<unknown>(told.map(({ tensor }) => tensor));
  return Object.entries(optimizer).flatMap(([name, value]) =>
    value instanceof tf.Variable && !known.has(value) ? [[name, value] as [string, Variable]] : [],
  );
}
