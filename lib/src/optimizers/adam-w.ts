import type { Variable } from '@tensorflow/tfjs-node-gpu';
import { checkOptions, checkPositive, checkShare } from '../model/check-arguments';
import { tf } from '../tensorflow/load';
import type { Gradient } from './gradients';
import { GroupedOptimizer, type LiveNumber, type Update } from './grouped-optimizer';
import type { ParameterGroup } from './groups';
import type { Slot } from './slots';

/** Defaults are those of keras.io/api/optimizers/adamw. */
export interface AdamWOptions {
  /** Factor of every update, at least 0; by default 0.001. A writable field of the optimizer. */
  readonly learningRate?: number;
  /** Share of the average m of gradients that a step keeps, in [0, 1); by default 0.9. */
  readonly beta1?: number;
  /** Share of the average v of squared gradients that a step keeps, in [0, 1); by default 0.999. */
  readonly beta2?: number;
  /** Greater than 0; by default 1e-7. */
  readonly epsilon?: number;
  /** Decoupled, at least 0; by default 0.004. PyTorch has 0.01. */
  readonly weightDecay?: number;
  /** Variables with a rate or a decay of their own; by default none. */
  readonly groups?: readonly ParameterGroup[];
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2017, arXiv 1711.05101), as Keras computes it:
 *
 *     w -= rate * weightDecay * w
 *     m += (1 - beta1) * (g - m)
 *     v += (1 - beta2) * (g² - v)
 *     w -= rate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon)
 *
 * PyTorch adds epsilon after the bias correction of v, as the paper does: its epsilon is `epsilon / sqrt(1 - beta2^t)` here, in
 * step t = 1 of the defaults 32 times as large.
 *
 * @returns an optimizer for `model.compile`; the model does not own it, so the caller disposes it after the model
 */
export function adamW(options: AdamWOptions = {}): AdamW {
  return new AdamW(options);
}

const OPTIONS = ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay', 'groups'];

/**
 * See {@link adamW}. Its weights are the count of steps, how much of m and of v is gradients by now, `1 - beta^t`, and m and v of
 * every variable.
 */
export class AdamW extends GroupedOptimizer {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  private readonly filled: Slot[];
  private readonly firstMoments: Slot[] = [];
  private readonly secondMoments: Slot[] = [];

  static get className(): string {
    return 'AdamW';
  }

  constructor(options: AdamWOptions) {
    checkOptions('adamW', options, OPTIONS);
    const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
    const { weightDecay = 0.004, groups = [] } = options;
    checkShare('beta1', beta1);
    checkShare('beta2', beta2);
    checkPositive('epsilon', epsilon);
    super({ learningRate, weightDecay, decay: 'decoupled', groups });
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.filled = ['m', 'v'].map((name) => ({
      originalName: `${name}/filled`,
      variable: tf.tidy(() => tf.scalar(0).variable(false)),
    }));
  }

  /** m and v of a variable. */
  momentsOf(variable: Variable): [Variable, Variable] {
    const m = this.slotOf(this.firstMoments, variable, 'm');
    return [m, this.slotOf(this.secondMoments, variable, 'v')];
  }

  protected get memory() {
    return { numbers: this.filled, perVariable: [this.firstMoments, this.secondMoments] };
  }

  /**
   * The rate that `update` gets has the bias correction in it.
   *
   * `1 - beta^t` is averaged like m and v, of ones. TensorFlow and Keras subtract a power in float32 from 1, which is off by up
   * to 1e-5 of the step while beta2^t is near 1.
   */
  override step(gradients: readonly Gradient[], update: Update, number: LiveNumber): void {
    const [m, v] = this.filled.map(({ variable }) => variable);
    m.assign(m.add(tf.sub(1, m).mul(newShare(this.beta1))));
    v.assign(v.add(tf.sub(1, v).mul(newShare(this.beta2))));
    const correction = v.sqrt().div(m);
    super.step(gradients, (w, g, rate) => update(w, g, rate.mul(correction)), number);
  }

  /** In the order of TensorFlow's ResourceApplyAdam, which a compiled step has in its place. */
  protected eagerUpdate(): Update {
    return (w, g, rate) => {
      const [first, second] = this.momentsOf(w);
      const m = first.add(g.sub(first).mul(newShare(this.beta1)));
      const v = second.add(g.square().sub(second).mul(newShare(this.beta2)));
      first.assign(m);
      second.assign(v);
      w.assign(w.sub(m.mul(rate).div(v.sqrt().add(this.epsilon))));
    };
  }

  override getConfig() {
    const { beta1, beta2, epsilon } = this;
    return { ...super.getConfig(), beta1, beta2, epsilon };
  }
}

/** What an average takes of a new value, as float32 has it: ResourceApplyAdam computes it of a float32 beta. */
function newShare(beta: number): number {
  return 1 - Math.fround(beta);
}
