import type { LayersModel, layers } from '@tensorflow/tfjs-node-gpu';
import { checkTestTime, type TestTime, viewCount } from '../augment/views';
import { orderOf } from '../data/batches';
import type { Split } from '../data/split';
import { checkFits, checkPositiveInteger } from '../train/check-fits';
import { type CompileChoice, functionsOf, isCompiled } from '../train/model-functions';
import { runBatches } from '../train/run-batches';

/** What a model says about every image of a split, beside the truth; plain arrays. */
export interface Predictions {
  /** `[n, classes]` in row-major order, each row summing to 1 when the model ends in a softmax. */
  readonly probabilities: Float32Array;
  /** True class indices, `[n]`. */
  readonly labels: Uint8Array;
  readonly classNames: readonly string[];
  readonly splitName: string;
  /** As which views the model saw every image; undefined: only as it is. */
  readonly testTime?: TestTime;
}

export interface PredictOptions {
  /** Images at a time, default 250, of which every view is one; it changes time and memory, not the result. */
  readonly batchSize?: number;
  /** Stops between two batches: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** As for `train`; default: as the model was trained, else compiled, unless there are too few images for that to pay. */
  readonly compile?: CompileChoice;
  /** Averages over several views of every image, see {@link TestTime}; two or six times the work. Default: the image as it is. */
  readonly testTime?: TestTime;
}

/** With fewer images than this, compiling takes longer than predicting eagerly. */
const WORTH_COMPILING = 1000;

/**
 * Runs the model over a split, in the split's order and in inference mode; the model need not be compiled by `model.compile`.
 *
 * @throws TypeError when the model does not fit the split, or does not end in the softmax that `testTime` needs; RangeError when the
 *   split is empty or `batchSize` is no positive integer; TypeError or RangeError for a `testTime` that cannot be
 */
export async function predict(
  model: LayersModel,
  split: Split,
  { batchSize = 250, signal, compile, testTime }: PredictOptions = {},
): Promise<Predictions> {
  checkFits(model, split);
  checkPositiveInteger('batchSize', batchSize);
  if (testTime !== undefined) {
    checkTestTime(testTime, split.imageShape);
    checkEndsInSoftmax(model);
  }
  const classes = split.classNames.length;
  const n = split.labels.length;
  const probabilities = new Float32Array(n * classes);
  const fewImages = n < WORTH_COMPILING && !isCompiled(model);
  const functions = functionsOf(model, compile ?? (fewImages ? false : undefined));
  signal?.throwIfAborted();
  let done = 0;
  for await (const { indices, results } of runBatches(
    testTime ? functions.predictViews(testTime) : functions.predict,
    split,
    orderOf(split, undefined, 0),
    testTime ? Math.ceil(batchSize / viewCount(testTime)) : batchSize,
    1,
  )) {
    probabilities.set(results[0] as Float32Array, done * classes);
    done += indices.length;
    signal?.throwIfAborted();
  }
  return {
    probabilities,
    labels: split.labels,
    classNames: split.classNames,
    splitName: split.name,
    ...(testTime && { testTime }),
  };
}

interface ActivationLayer extends layers.Layer {
  readonly activation?: { getClassName(): string };
}

function checkEndsInSoftmax(model: LayersModel): void {
  const layer: ActivationLayer = model.outputs[0].sourceLayer;
  if (layer.getClassName() === 'Softmax' || layer.activation?.getClassName() === 'softmax') return;
  throw new TypeError(
    `cannot average over views; the model must end in a softmax: its last layer is ${layer.name}, of class ` +
      `${layer.getClassName()}; predict without testTime`,
  );
}
