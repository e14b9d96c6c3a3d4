import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { canCompile } from '../compile/compile';
import { compiledFed, eagerFed, type FedFunction } from '../compile/fed-function';
import { GraphSession } from '../compile/graph-session';
import { RecordedFunction } from '../compile/recorded-function';
import { orderOf } from '../data/batches';
import type { Split } from '../data/split';
import { checkFits, checkPositiveInteger } from '../train/check-fits';
import type { CompileChoice } from '../train/model-functions';
import { type BatchResult, type InputCount, runBatches } from '../train/run-batches';

/** How a split is gone through. */
export interface SplitOptions {
  /** Images at a time, default 250. */
  readonly batchSize?: number;
  /** Stops between two batches: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Default: compiled. */
  readonly compile?: CompileChoice;
}

/** A question to a model about the images of a split, recorded once and asked as often as one likes, with the model's newest weights. */
export class SplitFunction {
  readonly #model: LayersModel;
  readonly #fed: FedFunction;
  readonly #session: GraphSession | undefined;
  readonly #inputs: InputCount;

  /**
   * @param fn of images uint8 `[batch, height, width, channels]` and, where it takes them, labels uint8 `[batch]`
   * @param name of the function, for messages
   */
  constructor(
    model: LayersModel,
    name: string,
    fn: (...inputs: Tensor[]) => Tensor[],
    compile: CompileChoice = {},
  ) {
    const weights = new Set(model.weights.map((weight) => weight.read() as Variable));
    this.#model = model;
    this.#inputs = fn.length as InputCount;
    this.#session = compile && canCompile() ? new GraphSession(compile, weights) : undefined;
    this.#fed = this.#session ? compiledFed(new RecordedFunction(fn, this.#session, name)) : eagerFed(fn);
  }

  /**
   * What the function says of every batch, in the split's order.
   *
   * @throws TypeError when model and split do not fit; RangeError when the split is empty or `batchSize` no positive integer
   */
  async *run(
    split: Split,
    { batchSize = 250, signal }: Omit<SplitOptions, 'compile'> = {},
  ): AsyncGenerator<BatchResult, void, undefined> {
    checkFits(this.#model, split);
    checkPositiveInteger('batchSize', batchSize);
    signal?.throwIfAborted();
    const order = orderOf(split, undefined, 0);
    for await (const result of runBatches(this.#fed, split, order, batchSize, this.#inputs)) {
      yield result;
      signal?.throwIfAborted();
    }
  }

  /** Frees the graph; the model stays. */
  dispose(): void {
    this.#session?.dispose();
  }
}
