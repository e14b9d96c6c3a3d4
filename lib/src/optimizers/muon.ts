import type { Tensor, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { checkOptions, checkShare } from '../model/check-arguments';
import { tf } from '../tensorflow/load';
import { GroupedOptimizer, type Update } from './grouped-optimizer';
import type { ParameterGroup } from './groups';
import type { Slot } from './slots';

export interface MuonOptions {
  /** Of convolution kernels, as a share of their size; at least 0, a writable field of the optimizer. */
  readonly learningRate: number;
  /** Share of v that a step keeps for kernels, in [0, 1); by default 0.6. */
  readonly momentum?: number;
  /** The same for all other variables, which take steps of gradient descent; by default 0.85. */
  readonly otherMomentum?: number;
  /** Variables with a rate or a decay of their own; without one, biases and matrices move by `learningRate` times their gradient. */
  readonly groups?: readonly ParameterGroup[];
}

/** A polynomial that draws singular values from (0, 1] near 1 in a few rounds (Jordan 2024, below): s -> a s + b s³ + c s⁵. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const ROUNDS = 3;

/**
 * Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon; this form as in airbench94_muon.py): the update of a convolution's
 * kernel, seen as a matrix of one row a filter, is replaced by the nearest matrix with orthogonal rows, so that every direction is
 * learned at the same pace.
 *
 *     v = momentum * v + g
 *     w = w * sqrt(filters) / |w|                         the kernel's size is held
 *     w -= rate * orthogonal(g + momentum * v)
 *
 * All other variables take Nesterov's steps, see `sgd`. In fewer epochs than gradient descent needs, for a tenth more time a step.
 *
 * @returns an optimizer for `model.compile`; the model does not own it, so the caller disposes it after the model
 */
export function muon(options: MuonOptions): Muon {
  return new Muon(options);
}

/** See {@link muon}. Its weights are the count of steps and v of every variable. */
export class Muon extends GroupedOptimizer {
  readonly momentum: number;
  readonly otherMomentum: number;
  private readonly velocities: Slot[] = [];

  static get className(): string {
    return 'Muon';
  }

  constructor(options: MuonOptions) {
    checkOptions('muon', options, ['learningRate', 'momentum', 'otherMomentum', 'groups']);
    const { learningRate, momentum = 0.6, otherMomentum = 0.85, groups = [] } = options;
    checkShare('momentum', momentum);
    checkShare('otherMomentum', otherMomentum);
    super({ learningRate, weightDecay: 0, decay: 'coupled', groups });
    this.momentum = momentum;
    this.otherMomentum = otherMomentum;
  }

  /** The update, eagerly and in recordings alike. */
  eagerUpdate(): Update {
    return (w, g, rate) => {
      const isKernel = w.shape.length === 4;
      const momentum = isKernel ? this.momentum : this.otherMomentum;
      const velocity = this.slotOf(this.velocities, w, 'momentum');
      velocity.assign(velocity.mul(momentum).add(g));
      const ahead = g.add(velocity.mul(momentum));
      if (!isKernel) {
        w.assign(w.sub(ahead.mul(rate)));
        return;
      }
      const filters = w.shape[3]!;
      const size = tf.sqrt(w.square().sum());
      const update = orthogonal(ahead.reshape([-1, filters])).reshape(w.shape);
      w.assign(w.mul(tf.div(Math.sqrt(filters), size)).sub(update.mul(rate)));
    };
  }

  protected get memory() {
    return { numbers: [], perVariable: [this.velocities] };
  }

  override getConfig() {
    const { learningRate, groups } = super.getConfig();
    const { momentum, otherMomentum } = this;
    return { learningRate, groups, momentum, otherMomentum } as never;
  }
}

/**
 * A matrix with the same singular vectors, and singular values between 0.7 and 1.2, by Newton and Schulz's iteration.
 *
 * `[rows, columns]` -> `[rows, columns]`
 */
export function orthogonal(matrix: Tensor): Tensor {
  return tf.tidy(() => {
    const [rows, columns] = matrix.shape as [number, number];
    const wide = rows <= columns;
    let x = (wide ? matrix : matrix.transpose()) as Tensor2D;
    x = x.div(tf.sqrt(x.square().sum()).add(1e-7));
    for (let round = 0; round < ROUNDS; round++) {
      const square = tf.matMul(x, x, false, true);
      const polynomial = square.mul(B).add(tf.matMul(square, square).mul(C));
      x = x.mul(A).add(tf.matMul(polynomial as Tensor2D, x)) as Tensor2D;
    }
    return wide ? x : x.transpose();
  });
}
