import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
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

  /** The loss times the factor. The caller disposes it. */
  scaled(loss: Tensor): Tensor {
    return loss.mul(this.#scale);
  }

  /** A gradient, or the loss, without the factor. The caller disposes it. */
  unscaled(tensor: Tensor | undefined): Tensor | undefined {
    return tensor?.div(this.#scale);
  }

  /**
   * Chooses the factor for the next step.
   *
   * @param finite bool scalar: whether all gradients of this one were
   */
  adapt(finite: Tensor): void {
    tf.tidy(() => {
      const good = this.#goodSteps.add(1);
      const enough = good.greaterEqual(GOOD_STEPS);
      const grown = tf.where(enough, this.#scale.mul(2), this.#scale);
      this.#scale.assign(tf.where(finite, grown, tf.maximum(this.#scale.div(2), 1)) as Scalar);
      this.#goodSteps.assign(tf.where(tf.logicalAnd(finite, enough.logicalNot()), good, 0) as Scalar);
    });
  }

  /** What it remembers from step to step, for checkpoints. */
  get variables(): readonly Variable[] {
    return [this.#scale, this.#goodSteps];
  }

  dispose(): void {
    tf.dispose([this.#scale, this.#goodSteps]);
  }
}
