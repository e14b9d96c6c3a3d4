import type { Optimizer } from '@tensorflow/tfjs-node-gpu';
import { hasLiveRate } from '../compile/optimizer-forms';
import { shown } from '../model/check-arguments';
import type { Schedule } from './schedules';

/** What TensorFlow.js calls protected. */
interface Rated {
  learningRate?: number;
  /** Of optimizers that keep a tensor made from it. */
  setLearningRate?(rate: number): void;
}

/**
 * The learning rate of an optimizer during a training: its own or a schedule's, times a factor. Where there is neither schedule nor
 * factor it is let be, so that one may set it by hand between two steps.
 */
export class LearningRate {
  factor = 1;
  readonly #rated: Rated;
  /** The optimizer's before the training; undefined for one that has none. */
  #own: number | undefined;
  /** Whether the optimizer has had another rate from here. */
  #moved = false;

  /** @throws TypeError when the schedule is not a function */
  constructor(
    readonly optimizer: Optimizer,
    readonly schedule: Schedule | undefined,
  ) {
    if (schedule !== undefined && typeof schedule !== 'function') {
      throw new TypeError(
        `invalid schedule; not a function that gives each step its rate: ${shown(schedule)}; for one rate use constant()`,
      );
    }
    this.#rated = optimizer as unknown as Rated;
  }

  /** As the optimizer has it; NaN where it has none. */
  get now(): number {
    return this.#rated.learningRate ?? Number.NaN;
  }

  /**
   * Notes the rate that {@link restore} gives back.
   *
   * @throws TypeError when there is a schedule that the optimizer cannot follow
   */
  begin(runner: 'compiled' | 'eager'): void {
    this.#own = this.#rated.learningRate;
    if (!this.schedule) return;
    this.#checkRated('follow the schedule');
    if (runner === 'compiled' && !hasLiveRate(this.optimizer)) {
      throw new TypeError(
        `cannot follow the schedule; in compiled steps the rate of ${this.optimizer.getClassName()} is frozen, and each new one ` +
          'would be recorded anew; use sgd, adam, adamW or muon, or train with compile: false',
      );
    }
  }

  /**
   * @param step steps before the one that comes next
   * @throws RangeError when the schedule gives what is no rate
   */
  set(step: number): void {
    const rate = this.schedule ? this.schedule(step) : this.#own;
    if (this.schedule && !(Number.isFinite(rate) && rate! >= 0)) {
      throw new RangeError(
        `invalid schedule; a learning rate must be a finite number of at least 0: ${shown(rate)} at step ${step}`,
      );
    }
    if (this.schedule || this.factor !== 1 || this.#moved) this.#assign(rate! * this.factor);
  }

  /**
   * Multiplies all rates to come.
   *
   * @throws RangeError when `factor` is not a positive number; TypeError when the optimizer has no rate
   */
  scale(factor: number): void {
    if (!(factor > 0 && factor < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`invalid factor of the learning rate; not a positive number: ${factor}`);
    }
    this.#checkRated('scale the learning rate');
    this.factor *= factor;
  }

  /** Gives the optimizer its own rate back. */
  restore(): void {
    if (this.#moved) this.#assign(this.#own!);
    this.#moved = false;
  }

  #assign(rate: number): void {
    this.#moved = true;
    if (this.#rated.learningRate === rate) return;
    if (this.#rated.setLearningRate) this.#rated.setLearningRate(rate);
    else this.#rated.learningRate = rate;
  }

  #checkRated(action: string): void {
    if (this.#rated.learningRate !== undefined) return;
    const name = this.optimizer.getClassName();
    throw new TypeError(`cannot ${action}; the optimizer must have a learning rate: ${name} has none`);
  }
}
