import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { liveNumber } from '../compile/record';
import { tf } from '../tensorflow/load';
import { weightsOf } from './weight-copy';

/**
 * A running average of a model's weights, those of batch norm's statistics included (Polyak & Juditsky 1992; "EMA" in the
 * literature): average = d * average + (1 - d) * weights after every step, with d = min(decay, (1 + t) / (10 + t)) at step t, as
 * TensorFlow's ExponentialMovingAverage with `num_updates`, so that the random first weights are soon forgotten.
 *
 * Whoever makes one disposes it.
 */
export class WeightAverage {
  readonly #weights: readonly Variable[];
  readonly #averages: readonly Variable[];
  /** Updates so far. */
  updates = 0;

  /** Begins with the weights as they are. */
  constructor(
    model: LayersModel,
    readonly decay: number,
  ) {
    this.#weights = weightsOf(model);
    this.#averages = this.#weights.map((weight) => tf.tidy(() => weight.clone().variable(false)));
  }

  /** The averages in the order of the model's weights. */
  get variables(): readonly Variable[] {
    return this.#averages;
  }

  /**
   * Takes the weights as they are now into the average. In a recording this becomes a part of the step, whose caller counts
   * `updates`.
   *
   * @param later steps of the same call that come before this one
   */
  update(later = 0): void {
    tf.tidy(() => {
      const moved = liveNumber(() => 1 - this.#decayAt(this.updates + later));
      this.#averages.forEach((average, i) => {
        average.assign(average.add(this.#weights[i].sub(average).mul(moved)));
      });
    });
  }

  /** Runs `run` on the averaged weights, then gives the model its own back. */
  async during<T>(run: () => Promise<T>): Promise<T> {
    const own = this.#weights.map((weight) => weight.clone());
    this.apply();
    try {
      return await run();
    } finally {
      assignAll(this.#weights, own);
      tf.dispose(own);
    }
  }

  /** Gives the model the averaged weights for good. */
  apply(): void {
    assignAll(this.#weights, this.#averages);
  }

  dispose(): void {
    tf.dispose([...this.#averages]);
  }

  #decayAt(updates: number): number {
    return Math.min(this.decay, (1 + updates) / (10 + updates));
  }
}

function assignAll(variables: readonly Variable[], values: readonly Tensor[]): void {
  variables.forEach((variable, i) => {
    tf.tidy(() => variable.assign(values[i].clone() as never));
  });
}
