import type { Optimizer } from '@tensorflow/tfjs-node-gpu';
import { hasLiveRate } from '../compile/optimizer-forms';
import type { Schedule } from './schedules';

/** What TensorFlow.js calls protected. */
interface Rated {
  learningRate?: number;
  /** Of optimizers that keep a tensor made from it. */
  setLearningRate?(rate: number): void;
}

/** The learning rate of an optimizer during a training: its own or a schedule's, times a factor. */
export class LearningRate {
  factor = 1;
  readonly #rated: Rated;
  readonly #own: number;

  constructor(
    readonly optimizer: Optimizer,
    readonly schedule: Schedule | undefined,
  ) {
    this.#rated = optimizer as unknown as Rated;
    this.#own = this.#rated.learningRate ?? Number.NaN;
  }

  /** As the optimizer has it; NaN where it has none. */
  get now(): number {
    return this.#rated.learningRate ?? Number.NaN;
  }

  /** @throws TypeError when there is a schedule that the optimizer cannot follow */
  check(runner: 'compiled' | 'eager'): void {
    if (!this.schedule) return;
    const name = this.optimizer.getClassName();
    if (Number.isNaN(this.#own)) {
      throw new TypeError(
        `cannot follow the schedule; the optimizer must have a learning rate: ${name} has none`,
      );
    }
    if (runner === 'compiled' && !hasLiveRate(this.optimizer)) {
      throw new TypeError(
        `cannot follow the schedule; in compiled steps the rate of ${name} is frozen, and each new one would be recorded anew; ` +
          'use sgd, adam or adamW, or train with compile: false',
      );
    }
  }

  /**
   * @param step steps before the one that comes next
   * @throws RangeError when the schedule gives what is no rate
   */
  set(step: number): void {
    const rate = this.schedule ? this.schedule(step) : this.#own;
    if (this.schedule && !(rate >= 0 && rate < Number.POSITIVE_INFINITY)) {
      throw new RangeError(
        `invalid schedule; a learning rate must be a finite number of at least 0: ${rate} at step ${step}`,
      );
    }
    if (this.schedule || this.factor !== 1) this.#assign(rate * this.factor);
  }

  /** Multiplies all rates to come. */
  scale(factor: number): void {
    if (!(factor > 0 && factor < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`invalid factor of the learning rate; not a positive number: ${factor}`);
    }
    this.factor *= factor;
  }

  /** Gives the optimizer its own rate back. */
  restore(): void {
    if (this.#rated.learningRate !== this.#own && !Number.isNaN(this.#own)) this.#assign(this.#own);
  }

  #assign(rate: number): void {
    if (this.#rated.learningRate === rate) return;
    if (this.#rated.setLearningRate) this.#rated.setLearningRate(rate);
    else this.#rated.learningRate = rate;
  }
}
