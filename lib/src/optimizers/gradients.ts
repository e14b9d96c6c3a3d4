import type { Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { engine } from '../tensorflow/backend';

/** What `optimizer.applyGradients` takes: gradients by the names of their variables, as a list or as an object. */
export type NamedGradients = Parameters<Optimizer['applyGradients']>[0];

/** A variable that has a gradient, with its place among all that were named. */
export interface Gradient {
  readonly variable: Variable;
  readonly gradient: Tensor;
  readonly at: number;
}

/** The variables that have a gradient, in the order in which they were named; one that the loss does not depend on has none. */
export function gradientsInOrder(named: NamedGradients): Gradient[] {
  const list: { name: string; tensor: Tensor }[] = Array.isArray(named)
    ? named
    : Object.entries(named).map(([name, tensor]) => ({ name, tensor }));
  return list
    .map(({ name, tensor }, at) => ({ variable: engine().registeredVariables[name], gradient: tensor, at }))
    .filter(({ gradient }) => gradient != null);
}
