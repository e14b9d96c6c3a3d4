/** What an optimizer of TensorFlow.js remembers from step to step: its averages, its powers of beta, its count of steps. */
import type { Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';

type NamedTensor = Awaited<ReturnType<Optimizer['getWeights']>>[number];

/** The name under which TensorFlow.js's optimizers save how many steps they took. */
const ITERATIONS = 'iter';

const FIELD = 'field/';

/** `getWeights` names averages by their variables, which may share a name; their place tells them apart. */
const nameOf = (index: number, name: string) => `${index}/${name}`;

/**
 * The optimizer's state by name, in a fixed order: what `getWeights` tells, and the variables that are fields of its own (Adam's powers
 * of beta, which `setWeights` would compute anew, with other last bits). The caller disposes what is not a variable.
 */
export async function optimizerState(optimizer: Optimizer): Promise<Map<string, Tensor>> {
  const weights = await optimizer.getWeights();
  return new Map([
    ...weights.map(({ name, tensor }, i) => [nameOf(i, name), tensor] as const),
    ...fieldsOf(optimizer, weights).map(
      ([name, variable]) => [nameOf(weights.length, `${FIELD}${name}`), variable] as const,
    ),
  ]);
}

/** Gives the optimizer a state that {@link optimizerState} told, and disposes those tensors. */
export async function restoreOptimizer(
  optimizer: Optimizer,
  state: ReadonlyMap<string, Tensor>,
): Promise<void> {
  const isField = (name: string) => name.includes(`/${FIELD}`);
  const saved = [...state].filter(([name]) => !isField(name));
  const current = await optimizer.getWeights();
  if (current.length === saved.length) {
    assignEach(
      current,
      saved.map(([, tensor]) => tensor),
    ); // its variables may be in a graph already: they stay
    setIterations(optimizer, saved.find(([name]) => name === nameOf(0, ITERATIONS))?.[1]);
    for (const { tensor } of current) if (!(tensor instanceof tf.Variable)) tensor.dispose();
  } else {
    tf.dispose(current.flatMap(({ tensor }) => (tensor instanceof tf.Variable ? [] : [tensor])));
    const named = saved.map(([name, tensor]) => ({ name: name.slice(name.indexOf('/') + 1), tensor }));
    await optimizer.setWeights(named);
  }
  const weights = await optimizer.getWeights();
  for (const [name, variable] of fieldsOf(optimizer, weights)) {
    const value = [...state].find(([saved]) => saved.endsWith(`/${FIELD}${name}`))?.[1];
    if (value) tf.tidy(() => variable.assign(value.clone() as never));
  }
  tf.dispose(weights.flatMap(({ tensor }) => (tensor instanceof tf.Variable ? [] : [tensor])));
  tf.dispose([...state.values()]);
}

function assignEach(current: readonly NamedTensor[], values: readonly Tensor[]): void {
  current.forEach(({ tensor }, i) => {
    if (tensor instanceof tf.Variable) tf.tidy(() => tensor.assign(values[i].clone() as never));
  });
}

function setIterations(optimizer: Optimizer, iterations: Tensor | undefined): void {
  if (iterations) (optimizer as unknown as { iterations_: number }).iterations_ = iterations.dataSync()[0];
}

/** Variables that are fields of the optimizer itself, without those that `getWeights` tells. */
function fieldsOf(optimizer: Optimizer, weights: readonly NamedTensor[]): [string, Variable][] {
  const told = new Set<unknown>(weights.map(({ tensor }) => tensor));
  return Object.entries(optimizer).flatMap(([name, value]) =>
    value instanceof tf.Variable && !told.has(value) ? [[name, value] as [string, Variable]] : [],
  );
}
