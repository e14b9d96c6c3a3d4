/**
 * A function that is called with bytes instead of tensors, for loops that call it thousands of times: its inputs are filled in
 * place, in memory that TensorFlow reads, and its results are plain numbers.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { sizeOf, type TensorSpec, type TypedArray } from '../tensorflow/dtypes';
import { tf } from '../tensorflow/load';
import { NativeTensor } from '../tensorflow/native-tensor';
import { type ProfiledStep, profiledStep } from './profile';
import type { RecordedFunction } from './recorded-function';

/** One input: fill `values`, then call. It may be filled again when the call's promise is settled. */
export interface Feed {
  readonly spec: TensorSpec;
  readonly values: TypedArray;
  dispose(): void;
}

export interface FedFunction {
  /** Memory for an input; the caller disposes it. */
  feed(spec: TensorSpec): Feed;
  /** @returns the values of the function's results, in order */
  call(feeds: readonly Feed[]): Promise<TypedArray[]>;
  /** Calls the function, with its effects, and measures every operation; undefined where it runs eagerly. */
  readonly profile?: (feeds: readonly Feed[]) => Promise<ProfiledStep>;
  /** The variables that a call with these inputs reads or changes. */
  readonly variables?: (feeds: readonly Feed[]) => readonly Variable[];
}

class NativeFeed implements Feed {
  readonly tensor: NativeTensor;
  readonly values: TypedArray;

  constructor(readonly spec: TensorSpec) {
    this.tensor = NativeTensor.allocate(spec);
    this.values = this.tensor.view();
  }

  dispose(): void {
    this.tensor.dispose();
  }
}

/** Runs as a graph, on a worker thread. */
export function compiledFed(fn: RecordedFunction): FedFunction {
  const recorded = (feeds: readonly Feed[]) => fn.for(feeds.map(({ spec }) => spec));
  const tensors = (feeds: readonly Feed[]) => feeds.map((feed) => (feed as NativeFeed).tensor);
  return {
    feed: (spec) => new NativeFeed(spec),
    async call(feeds) {
      const results = await recorded(feeds).call(tensors(feeds));
      return results.map((result) => {
        const values = result.read();
        result.dispose();
        return values;
      });
    },
    async profile(feeds) {
      const compiled = recorded(feeds);
      return profiledStep(await compiled.trace(tensors(feeds)), compiled.recording.graph);
    },
    variables: (feeds) => recorded(feeds).recording.variables,
  };
}

/** Runs operation by operation, as TensorFlow.js does, with a turn of the event loop after every call. */
export function eagerFed(fn: (...args: Tensor[]) => Tensor[]): FedFunction {
  return {
    feed: (spec) => ({ spec, values: valuesFor(spec), dispose() {} }),
    async call(feeds) {
      const read: TypedArray[] = [];
      tf.tidy(() => {
        const results = fn(...feeds.map(bytesAsTensor));
        for (const result of results) read.push(result.dataSync().slice());
        tf.dispose(results); // TensorFlow.js keeps a model's metrics from the tidying
      });
      await nextTurn();
      return read;
    },
  };
}

function valuesFor({ dtype, shape }: TensorSpec): TypedArray {
  return dtype === 'uint8' ? new Uint8Array(sizeOf(shape)) : new Int32Array(sizeOf(shape));
}

/** TensorFlow.js has no bytes. */
function bytesAsTensor({ spec, values }: Feed): Tensor {
  return tf.tensor(Int32Array.from(values as Uint8Array), [...spec.shape], 'int32');
}
