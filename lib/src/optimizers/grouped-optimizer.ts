/** What the optimizers of this folder share: groups of variables, weight decay, a live learning rate, and saving. */
import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { checkNotNegative } from './check-settings';
import { type Gradient, gradientsInOrder, type NamedGradients } from './gradients';
import { completeGroups, describeGroup, type ParameterGroup } from './groups';
import { checkRestorable, restoreSlots, type Slot, slot, type Weights } from './slots';

/**
 * How weights are drawn to 0, where d is the weight decay and g the gradient.
 *
 *     decoupled    w -= rate * d * w    of the weights before the update, beside it
 *     coupled      g += d * w           as the gradient of d / 2 * |w|², so that momentum averages it too
 *
 * Decoupled is what AdamW of PyTorch and Keras do, and Keras's SGD; Loshchilov & Hutter 2017 (arXiv 1711.05101), algorithm 2, who
 * multiply d by the schedule's factor alone, in [0, 1]: their d is `rate * weightDecay` here, at the highest rate. Coupled is
 * `weight_decay` of PyTorch's SGD, and the 1e-4 of He et al. 2015.
 */
export type Decay = 'decoupled' | 'coupled';

/** Changes one variable by its gradient, which has coupled decay in it. */
export type Update = (variable: Variable, gradient: Tensor, rate: Tensor) => void;

/** A number that may be another one in the next step, as a float32 scalar. */
export type LiveNumber = (read: () => number) => Tensor;

export interface GroupedSettings {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly decay: Decay;
  readonly groups: readonly ParameterGroup[];
}

/**
 * An optimizer whose step is a decay and an update of every variable that has a gradient. The caller disposes it, after the model
 * that it trains.
 */
export abstract class GroupedOptimizer extends tf.Optimizer {
  readonly weightDecay: number;
  readonly decay: Decay;
  readonly #groups: readonly Required<ParameterGroup>[];
  /** By the variable's name: where its slots are, in the order in which variables first had a gradient. */
  readonly #places = new Map<string, number>();
  #learningRate!: number;

  constructor({ learningRate, weightDecay, decay, groups }: GroupedSettings) {
    super();
    this.learningRate = learningRate;
    checkNotNegative('weightDecay', weightDecay);
    this.#groups = completeGroups(groups, weightDecay);
    this.weightDecay = weightDecay;
    this.decay = decay;
  }

  /** The factor of every update, at least 0; what is set here holds from the next step on, in compiled functions too. */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(rate: number) {
    checkNotNegative('learningRate', rate);
    this.#learningRate = rate;
  }

  /** The update in operations of TensorFlow.js; asked for anew in every step. */
  protected abstract eagerUpdate(): Update;

  /** Everything that the next step depends on, but for the count of steps: single numbers, and lists of one slot a variable. */
  protected abstract get memory(): { readonly numbers: Slot[]; readonly perVariable: readonly Slot[][] };

  applyGradients(named: NamedGradients): void {
    tf.tidy(() => this.step(gradientsInOrder(named), this.eagerUpdate(), (read) => tf.scalar(read())));
    this.incrementIterations();
  }

  /**
   * One step, but for its counting: for each variable the decay and then the update, at its group's rate. Tensors are left to
   * the caller's tidying.
   *
   * @param update e.g. one operation of TensorFlow's
   * @param number how learning rates are read
   */
  step(gradients: readonly Gradient[], update: Update, number: LiveNumber): void {
    const scalars = this.#groups.map(({ rate, weightDecay }) => ({
      rate: number(() => this.learningRate * rate),
      kept: number(() => 1 - this.learningRate * rate * weightDecay),
    }));
    for (const { variable, gradient } of gradients) {
      const group = this.#groups.findIndex(({ variables }) => variables(variable));
      const { weightDecay } = this.#groups[group];
      const { rate, kept } = scalars[group];
      const coupled = weightDecay > 0 && this.decay === 'coupled';
      if (weightDecay > 0 && !coupled) variable.assign(variable.mul(kept));
      update(variable, coupled ? gradient.add(variable.mul(weightDecay)) : gradient, rate);
    }
  }

  /** The slot of a variable in one of the lists of `memory`. */
  protected slotOf(slots: Slot[], variable: Variable, suffix: string): Variable {
    const { name } = variable;
    const at = this.#places.get(name) ?? this.#places.size;
    this.#places.set(name, at);
    return slot(slots, at, variable, suffix);
  }

  /**
   * What `setWeights` needs to go on with the same bits: the count of steps, which the caller disposes, and the optimizer's own
   * variables, which the next step changes.
   */
  override async getWeights(): Promise<Weights> {
    const { numbers, perVariable } = this.memory;
    const slots = [...numbers, ...perVariable.flat()];
    const iterations = await this.saveIterations();
    return [
      iterations,
      ...slots.map(({ originalName, variable }) => ({ name: originalName, tensor: variable })),
    ];
  }

  /**
   * Goes on from weights that `getWeights` returned, of an optimizer of the same settings. They are given to variables in the
   * order in which those first have a gradient, whatever their names. The weights stay the caller's.
   */
  override async setWeights(weights: Weights): Promise<void> {
    const { numbers, perVariable } = this.memory;
    const each = Math.max(0, weights.length - 1 - numbers.length) / (perVariable.length || 1);
    const expected = 1 + numbers.length + Math.floor(each) * perVariable.length;
    if (weights[0]?.name !== 'iter' || weights.length !== expected) {
      const kinds = ['iter', `${numbers.length} numbers`, `${perVariable.length} for each variable`];
      throw new RangeError(
        `invalid weights; not those of ${this.getClassName()} with these settings, ${kinds.join(', ')}: ${weights.length} ` +
          `that begin with ${weights[0]?.name}; give what getWeights returned`,
      );
    }
    const rest = weights.slice(1 + numbers.length);
    const parts: [Slot[], Weights][] = [
      [numbers, weights.slice(1, 1 + numbers.length)],
      ...perVariable.map((slots, i): [Slot[], Weights] => [slots, rest.slice(i * each, (i + 1) * each)]),
    ];
    for (const [slots, values] of parts) checkRestorable(slots, values);
    await this.extractIterations(weights);
    for (const [slots, values] of parts) restoreSlots(slots, values);
  }

  override getConfig() {
    const { learningRate, weightDecay } = this;
    return { learningRate, weightDecay, groups: this.#groups.slice(0, -1).map(describeGroup) };
  }

  override dispose(): void {
    const { numbers, perVariable } = this.memory;
    tf.dispose([...numbers, ...perVariable.flat()].map(({ variable }) => variable));
  }
}
