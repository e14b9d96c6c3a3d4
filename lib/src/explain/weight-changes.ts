import type { layers, Variable } from '@tensorflow/tfjs-node-gpu';
import { copyOf, paste, type TensorCopy } from '../train/weight-copy';

/** Other values for some variables of a model, in JavaScript's memory: nothing to dispose. */
export class WeightChanges {
  readonly #values = new Map<Variable, TensorCopy>();

  /** The variable's value with the changes so far. */
  get(variable: Variable): TensorCopy {
    return this.#values.get(variable) ?? copyOf(variable);
  }

  /** @param valueAt gets each place of the variable in row-major order */
  fill(variable: Variable, valueAt: (index: number) => number): void {
    const { dtype, shape } = variable;
    const size = shape.reduce((product, length) => product * length, 1);
    const values = Float32Array.from({ length: size }, (_, i) => valueAt(i));
    this.#values.set(variable, { dtype: dtype as TensorCopy['dtype'], shape, values });
  }

  /** Each variable of one list changes places with its like in the other. */
  exchange(some: readonly Variable[], others: readonly Variable[]): void {
    some.forEach((variable, i) => {
      const [value, other] = [this.get(variable), this.get(others[i])];
      this.#values.set(variable, other);
      this.#values.set(others[i], value);
    });
  }

  /** Runs `run` with the changes made, and gives the variables back every bit that they had, whatever happens. */
  async during<T>(run: () => Promise<T>): Promise<T> {
    const before = new Map([...this.#values.keys()].map((variable) => [variable, copyOf(variable)]));
    try {
      for (const [variable, copy] of this.#values) paste(variable, copy);
      return await run();
    } finally {
      for (const [variable, copy] of before) paste(variable, copy);
    }
  }
}

/** A layer's weight by the last part of its name, such as `gamma`. */
export function weightNamed(layer: layers.Layer, name: string): Variable | undefined {
  const weight = layer.weights.find(({ originalName }) => originalName.split('/').at(-1) === name);
  return weight?.read() as Variable | undefined;
}
