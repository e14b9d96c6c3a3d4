import type { DataType, Optimizer, Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import type { NativeRun } from '../tensorflow/native-session';
import { NativeTensor } from '../tensorflow/native-tensor';
import type { GraphSession } from './graph-session';
import type { Recording } from './record';

/** A recorded function in a session. */
export class SessionFunction {
  constructor(
    readonly session: GraphSession,
    readonly recording: Recording,
    readonly run: NativeRun,
  ) {}

  /**
   * Calls the function.
   *
   * @param inputs of the types and shapes that it was recorded with; the caller's, and not to be touched before the promise is
   *   settled
   * @returns its results in order; the caller disposes them
   */
  async call(inputs: readonly NativeTensor[]): Promise<NativeTensor[]> {
    const fetched = await this.#surrounded(inputs, (all) => this.run.run(all));
    const results = fetched.slice(0, this.recording.graph.results.length);
    for (const token of fetched.slice(results.length)) token.dispose();
    return results;
  }

  /** As {@link call}; also returns the bytes of TensorFlow's RunMetadata. */
  async trace(inputs: readonly NativeTensor[]): Promise<Uint8Array> {
    return this.#surrounded(inputs, async (all) => {
      const { results, metadata } = await this.run.trace(all);
      for (const result of results) result.dispose();
      return metadata;
    });
  }

  async #surrounded<T>(
    inputs: readonly NativeTensor[],
    run: (all: NativeTensor[]) => Promise<T>,
  ): Promise<T> {
    const { liveNumbers, optimizerSteps } = this.recording;
    return this.session.inTurn(this.recording, async () => {
      const numbers = liveNumbers.map((read) =>
        NativeTensor.of({ dtype: 'float32', shape: [] }, Float32Array.of(read())),
      );
      try {
        const result = await run([...inputs, ...numbers]);
        for (const [optimizer, steps] of optimizerSteps) countSteps(optimizer, steps);
        return result;
      } finally {
        for (const number of numbers) number.dispose();
      }
    });
  }
}

function countSteps(optimizer: Optimizer, steps: number): void {
  const counting = optimizer as unknown as { incrementIterations(): void };
  for (let step = 0; step < steps; step++) counting.incrementIterations();
}

/** A tensor of TensorFlow.js with the same values, which the caller disposes; the native one is disposed. */
export function toTensor(native: NativeTensor): Tensor {
  const { dtype, shape } = native.spec;
  const values = native.read();
  native.dispose();
  return tf.tensor(values as Float32Array, [...shape], dtype as DataType);
}
