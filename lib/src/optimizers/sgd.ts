import type { Variable } from '@tensorflow/tfjs-node-gpu';
import { checkOneOf, checkOptions, checkShare, shown } from '../model/check-arguments';
import { type Decay, GroupedOptimizer, type Update } from './grouped-optimizer';
import type { ParameterGroup } from './groups';
import type { Slot } from './slots';

/**
 * Two ways to write momentum. They take the same path while the rate stays the same, for v is then the same but for a factor
 * of -rate; when it changes, the first one scales all of the past by the new rate, the second what is added from now on.
 *
 *     pytorch    v = momentum * v + g             w -= rate * v
 *                                      nesterov   w -= rate * (g + momentum * v)
 *     keras      v = momentum * v - rate * g      w += v
 *                                      nesterov   w += momentum * v - rate * g
 *
 * Sources: pytorch.org/docs/stable/generated/torch.optim.SGD.html, which says so too; keras.io/api/optimizers/sgd. The second
 * form is that of Sutskever et al. 2013 ("On the importance of initialization and momentum"), equations 1 and 2, and of Caffe.
 */
export type MomentumForm = 'pytorch' | 'keras';

export interface SgdOptions {
  /** Factor of every update, at least 0; a writable field of the optimizer. */
  readonly learningRate: number;
  /** Share of v that a step keeps, in [0, 1); by default 0, which is gradient descent without v. */
  readonly momentum?: number;
  /** Whether the update looks one step of momentum ahead; by default false. */
  readonly nesterov?: boolean;
  /** By default 'pytorch'. */
  readonly momentumForm?: MomentumForm;
  /** At least 0; by default 0. */
  readonly weightDecay?: number;
  /** By default 'coupled', as `weight_decay` of PyTorch's SGD and most published recipes mean it. */
  readonly decay?: Decay;
  /** Variables with a rate or a decay of their own; by default none. */
  readonly groups?: readonly ParameterGroup[];
}

/**
 * Gradient descent, with momentum and weight decay: `w -= learningRate * g`, see {@link MomentumForm} and {@link Decay}.
 *
 *     sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4 })    // He et al. 2015, section 4.2
 *
 * @returns an optimizer for `model.compile`; the model does not own it, so the caller disposes it after the model
 */
export function sgd(options: SgdOptions): Sgd {
  return new Sgd(options);
}

const OPTIONS = ['learningRate', 'momentum', 'nesterov', 'momentumForm', 'weightDecay', 'decay', 'groups'];

/** See {@link sgd}. Its weights are the count of steps and, with momentum, v of every variable. */
export class Sgd extends GroupedOptimizer {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly momentumForm: MomentumForm;
  private readonly velocities: Slot[] = [];

  /** Another name than TensorFlow.js's SGD has: it must not be taken for that when a saved model is loaded. */
  static get className(): string {
    return 'Sgd';
  }

  constructor(options: SgdOptions) {
    checkOptions('sgd', options, OPTIONS);
    const { learningRate, momentum = 0, nesterov = false, momentumForm = 'pytorch' } = options;
    const { weightDecay = 0, decay = 'coupled', groups = [] } = options;
    checkShare('momentum', momentum);
    checkOneOf('nesterov', nesterov, [true, false]);
    checkOneOf('momentumForm', momentumForm, ['pytorch', 'keras']);
    checkOneOf('decay', decay, ['decoupled', 'coupled']);
    if (nesterov && momentum === 0) {
      throw new RangeError(
        `invalid nesterov; it needs a momentum greater than 0: momentum ${shown(momentum)}`,
      );
    }
    super({ learningRate, weightDecay, decay, groups });
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.momentumForm = momentumForm;
  }

  /** v of a variable. */
  velocityOf(variable: Variable): Variable {
    return this.slotOf(this.velocities, variable, 'momentum');
  }

  protected get memory() {
    return { numbers: [], perVariable: this.momentum > 0 ? [this.velocities] : [] };
  }

  protected eagerUpdate(): Update {
    const { momentum, nesterov, momentumForm } = this;
    if (momentum === 0) return (w, g, rate) => w.assign(w.sub(g.mul(rate)));
    return (w, g, rate) => {
      const velocity = this.velocityOf(w);
      const added = momentumForm === 'keras' ? g.mul(rate).neg() : g;
      const v = velocity.mul(momentum).add(added);
      const moved = nesterov ? v.mul(momentum).add(added) : v;
      velocity.assign(v);
      w.assign(momentumForm === 'keras' ? w.add(moved) : w.sub(moved.mul(rate)));
    };
  }

  override getConfig() {
    const { momentum, nesterov, momentumForm, decay } = this;
    return { ...super.getConfig(), momentum, nesterov, momentumForm, decay };
  }
}
