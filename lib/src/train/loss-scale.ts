import type { Optimizer, Scalar, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { Patches } from '../compile/patches';
import { logAssignments } from '../compile/watch';
import { tf } from '../tensorflow/load';

const FIRST_SCALE = 2 ** 15;
const GOOD_STEPS = 2000; // before a larger scale is tried

/**
 * Dynamic loss scaling for float16 (Micikevicius et al. 2018, arXiv 1710.03740, section 3.2; settings as in Keras's
 * LossScaleOptimizer): gradients too small for 16 bits are kept by computing them of a loss that is larger by a factor. A step whose
 * gradients overflow leaves weights and the optimizer's averages alone, and halves the factor; after 2,000 good steps it is
 * doubled.
 */
export class LossScale {
  readonly #scale = tf.tidy(() => tf.scalar(FIRST_SCALE).variable(false));
  readonly #goodSteps = tf.tidy(() => tf.scalar(0).variable(false));

  /** The factor now. */
  get value(): number {
    return this.#scale.dataSync()[0];
  }

  /** Makes the optimizer minimise with the scale, for as long as the patches are on. */
  install(optimizer: Optimizer, patches: Patches): void {
    patches.replace(optimizer, 'minimize', () => (f, returnCost, variables) => {
      const { value, grads } = optimizer.computeGradients(() => f().mul(this.#scale) as Scalar, variables);
      const names = variables?.map(({ name }) => name) ?? Object.keys(grads);
      const unscaled = names.map((name) => ({ name, tensor: grads[name]?.div(this.#scale) }));
      const finite = allFinite(unscaled.flatMap(({ tensor }) => tensor ?? []));
      onlyIf(finite, () => optimizer.applyGradients(unscaled as never));
      this.#adapt(finite);
      const cost = value.div(this.#scale) as Scalar;
      tf.dispose([value, grads, unscaled.map(({ tensor }) => tensor)]);
      return returnCost ? cost : null;
    });
  }

  dispose(): void {
    tf.dispose([this.#scale, this.#goodSteps]);
  }

  #adapt(finite: Tensor): void {
    tf.tidy(() => {
      const good = this.#goodSteps.add(1);
      const enough = good.greaterEqual(GOOD_STEPS);
      const grown = tf.where(enough, this.#scale.mul(2), this.#scale);
      this.#scale.assign(tf.where(finite, grown, tf.maximum(this.#scale.div(2), 1)) as Scalar);
      this.#goodSteps.assign(tf.where(tf.logicalAnd(finite, enough.logicalNot()), good, 0) as Scalar);
    });
  }
}

/** A bool scalar: x - x is 0 for every finite number, and NaN for the others. */
function allFinite(tensors: readonly Tensor[]): Tensor {
  return tf.tidy(() => {
    const zero = tensors.map((tensor) => tensor.sub(tensor).abs().sum());
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
