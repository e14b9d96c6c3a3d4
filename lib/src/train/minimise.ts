/** How the model's optimizer minimises during a step: with a loss scale, a clipped gradient, an average of the weights. */
import type { Optimizer, Scalar, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { Patches } from '../compile/patches';
import { logAssignments } from '../compile/watch';
import { nativeOp } from '../ops/native-op';
import { tf } from '../tensorflow/load';
import type { Across } from './across';
import type { LossScale } from './loss-scale';
import { type StepForms, tellsGradientNorm } from './step-forms';
import type { WeightAverage } from './weight-average';

const FLOAT = { T: { type: 'float32' } } as const;

export interface Minimising {
  readonly forms: StepForms;
  readonly lossScale?: LossScale;
  readonly average?: WeightAverage;
  /** In a cluster: the other workers. */
  readonly across?: Across;
  /** Steps of the same call that come before this one. */
  readonly later: number;
}

/**
 * Puts that in place of the optimizer's own `minimize`, for as long as the patches are on.
 *
 * @param onNorm gets the norm of the gradients, a float32 scalar that it disposes, where the forms ask for it
 */
export function installMinimise(
  optimizer: Optimizer,
  patches: Patches,
  { forms, lossScale, average, across, later }: Minimising,
  onNorm: (norm: Tensor) => void,
): void {
  if (!lossScale && !average && !across && !tellsGradientNorm(forms)) return;
  patches.replace(optimizer, 'minimize', () => (f, returnCost, variables) => {
    const scaled = () => (lossScale ? lossScale.scaled(f() as Scalar) : f()) as Scalar;
    const { value, grads } = optimizer.computeGradients(scaled, variables);
    const names = variables?.map(({ name }) => name) ?? Object.keys(grads);
    const cost = lossScale ? (lossScale.unscaled(value) as Scalar) : value;
    const own = names.map((name) => (lossScale ? lossScale.unscaled(grads[name]) : grads[name]));
    const update = (unscaled: readonly (Tensor | undefined)[]) => {
      const norm = tellsGradientNorm(forms) ? normOf(unscaled) : undefined;
      const clipped = forms.clipNorm === undefined ? unscaled : clip(unscaled, norm!, forms.clipNorm);
      const apply = () =>
        optimizer.applyGradients(names.map((name, i) => ({ name, tensor: clipped[i] })) as never);
      if (lossScale) {
        const finite = allFinite(unscaled);
        onlyIf(finite, apply);
        lossScale.adapt(finite);
        finite.dispose();
      } else apply();
      if (norm) onNorm(norm);
      tf.dispose([grads, own, [...unscaled], [...clipped]] as never);
    };
    if (across) across.later(own, update);
    else {
      update(own);
      average?.update(later);
    }
    if (cost !== value) value.dispose();
    if (returnCost) return cost;
    cost.dispose();
    return null;
  });
}

/** The Euclidean norm of all tensors together, a scalar that the caller disposes; those that are missing count as 0. */
export function normOf(gradients: readonly (Tensor | undefined)[]): Scalar {
  return tf.tidy(() => {
    const halves = gradients.flatMap((gradient) =>
      gradient ? nativeOp('L2Loss', [gradient], FLOAT, 1) : [],
    );
    return tf.sqrt(tf.addN(halves).mul(2)) as Scalar; // L2Loss is half the sum of the squares
  });
}

/** Pascanu et al. 2013 (arXiv 1211.5063), algorithm 1; as PyTorch's clip_grad_norm_. */
function clip(gradients: readonly (Tensor | undefined)[], norm: Tensor, most: number) {
  return tf.tidy(() => {
    const factor = tf.minimum(1, tf.div(most, norm.add(1e-6))); // PyTorch's epsilon
    return gradients.map((gradient) => gradient?.mul(factor));
  });
}

/** A bool scalar: x - x is 0 for every finite number, and NaN for the others. */
function allFinite(tensors: readonly (Tensor | undefined)[]): Tensor {
  return tf.tidy(() => {
    const zero = tensors.flatMap((tensor) => (tensor ? [tensor.sub(tensor).abs().sum()] : []));
    return tf.addN(zero).equal(0);
  });
}

/** Whatever variables `update` assigns keep their new values only if `condition`, a bool scalar, holds. */
function onlyIf(condition: Tensor, update: () => void): void {
  const patches = new Patches();
  const before = new Map<Variable, Tensor>();
  logAssignments(patches, before);
  try {
    update();
  } finally {
    patches.restore();
  }
  for (const [variable, old] of before) {
    tf.tidy(() => variable.assign(tf.where(condition, variable, old) as never));
    old.dispose();
  }
}
