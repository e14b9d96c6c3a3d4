/** What an optimizer remembers from step to step: variables that are not trained, in lists by the place of what they belong to. */
import type { Optimizer, Variable } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';

/** One variable of an optimizer, as TensorFlow.js keeps them. */
export interface Slot {
  /** The name under which it is saved, e.g. `block1_conv1/kernel/momentum`. */
  readonly originalName: string;
  readonly variable: Variable;
}

/** What `optimizer.getWeights` returns and `setWeights` takes. */
export type Weights = Awaited<ReturnType<Optimizer['getWeights']>>;

/**
 * The slot of one trained variable: made of zeros at its first use, or what was restored for it.
 *
 * @throws RangeError when what was restored has another shape than the variable
 */
export function slot(slots: Slot[], at: number, { name, shape }: Variable, suffix: string): Variable {
  slots[at] ??= { originalName: `${name}/${suffix}`, variable: tf.zeros(shape).variable(false) };
  const { originalName, variable } = slots[at];
  if (variable.shape.join() !== shape.join()) {
    throw new RangeError(
      `cannot update ${name}; the optimizer's weight at its place, ${originalName}, has another shape: ` +
        `[${variable.shape}] instead of [${shape}]; restore weights of an optimizer that trained the same variables in this order`,
    );
  }
  return variable;
}

/**
 * Gives slots the values of weights, in order; those that exist keep their variable, which compiled functions may hold, and those
 * beyond the weights become 0. The weights stay the caller's.
 */
export function restoreSlots(slots: Slot[], weights: Weights): void {
  tf.tidy(() => {
    weights.forEach(({ name, tensor }, at) => {
      const value = tensor.clone(); // a variable cannot be assigned to itself
      if (slots[at]) slots[at].variable.assign(value);
      else slots[at] = { originalName: name, variable: value.variable(false) };
    });
    slots.slice(weights.length).forEach(({ variable }) => {
      variable.assign(tf.zeros(variable.shape));
    });
  });
}

/** Throws a RangeError, before anything is changed, when a weight has another shape than the slot it is for. */
export function checkRestorable(slots: readonly Slot[], weights: Weights): void {
  weights.forEach(({ name, tensor }, at) => {
    const shape = slots[at]?.variable.shape ?? tensor.shape;
    if (shape.join() === tensor.shape.join()) return;
    throw new RangeError(
      `cannot restore ${slots[at].originalName}; ${name} has another shape: [${tensor.shape}] instead of [${shape}]; give weights ` +
        'of an optimizer that trained the same variables in this order',
    );
  });
}
