import type { TestTime } from '../augment/views';
import type { Predictions } from './predict';

/** How good predictions are, as plain data without NaN, so that it can be stored as JSON. */
export interface Evaluation {
  /** Mean categorical cross-entropy in nats. */
  readonly loss: number;
  /** Share of images whose most probable class is the true one, 0..1. */
  readonly accuracy: number;
  readonly images: number;
  readonly splitName: string;
  /** As which views the model saw every image; undefined: only as it is. */
  readonly testTime?: TestTime;
  readonly classNames: readonly string[];
  /** Images, `[true class][predicted class]`. */
  readonly confusion: readonly (readonly number[])[];
  /** In the order of `classNames`. */
  readonly perClass: readonly ClassResult[];
  /** Pairs of different classes with at least one image, the most images first. */
  readonly mostConfused: readonly Confusion[];
  /** The images with the highest loss, the highest first. */
  readonly topLosses: readonly ImageLoss[];
}

/** Each of the three rates is in 0..1, and 0 where it would be 0/0. */
export interface ClassResult {
  readonly className: string;
  /** Of the images predicted as this class, the share that are. */
  readonly precision: number;
  /** Of the images of this class, the share predicted as it. */
  readonly recall: number;
  /** Harmonic mean of precision and recall. */
  readonly f1: number;
  /** Images of this class in the split. */
  readonly images: number;
}

export interface Confusion {
  readonly trueClass: string;
  readonly predictedClass: string;
  readonly images: number;
  /** Of the images of the true class, 0..1. */
  readonly share: number;
}

export interface ImageLoss {
  /** In the split. */
  readonly index: number;
  readonly loss: number;
  readonly trueClass: string;
  readonly predictedClass: string;
  /** Probability of the predicted class. */
  readonly confidence: number;
}

/** How many entries the two lists hold at most. */
export interface EvaluateOptions {
  /** Default 10. */
  readonly mostConfused?: number;
  /** Default 25. */
  readonly topLosses?: number;
}

const EPSILON = 1e-7; // keras.config.epsilon(); keeps log(0) out of the loss

/**
 * Compares predictions with the truth. Of equally probable classes the first counts as predicted, as `tf.argMax` has it;
 * equal entries of a list stay in the order of classes or images.
 *
 * @throws RangeError when there is no image, a label is no class, or probabilities are none, as those of a model without a softmax
 * @throws TypeError when `probabilities` is not `[n, classes]`
 */
export function evaluate(predictions: Predictions, options: EvaluateOptions = {}): Evaluation {
  checkPredictions(predictions);
  const { labels, classNames, splitName, testTime } = predictions;
  const classes = classNames.length;
  const confusion = classNames.map(() => new Array<number>(classes).fill(0));
  const losses: ImageLoss[] = [];
  let loss = 0;
  let correct = 0;
  labels.forEach((label, index) => {
    const row = predictions.probabilities.subarray(index * classes, (index + 1) * classes);
    const predicted = argMax(row);
    const imageLoss = crossEntropy(row, label);
    loss += imageLoss;
    if (predicted === label) correct++;
    confusion[label][predicted]++;
    const names = { trueClass: classNames[label], predictedClass: classNames[predicted] };
    losses.push({ index, loss: imageLoss, ...names, confidence: row[predicted] });
  });
  return {
    loss: loss / labels.length,
    accuracy: correct / labels.length,
    images: labels.length,
    splitName,
    ...(testTime && { testTime }),
    classNames,
    confusion,
    perClass: classNames.map((className, k) => classResult(className, k, confusion)),
    mostConfused: confusedPairs(confusion, classNames).slice(0, options.mostConfused ?? 10),
    topLosses: losses.sort((a, b) => b.loss - a.loss).slice(0, options.topLosses ?? 25),
  };
}

/** @throws as {@link evaluate} does */
export function checkPredictions({ probabilities, labels, classNames, splitName }: Predictions): void {
  const n = labels.length;
  const classes = classNames.length;
  if (n === 0) throw new RangeError(`cannot evaluate; at least one image is needed: ${splitName} has 0`);
  if (probabilities.length !== n * classes) {
    throw new TypeError(
      `invalid probabilities; there must be ${n} x ${classes} (images x classes): ${probabilities.length}`,
    );
  }
  const foreign = labels.find((label) => label >= classes);
  if (foreign !== undefined) throw new RangeError(`invalid label; not in [0, ${classes}): ${foreign}`);
  const bad = probabilities.findIndex((p) => !Number.isFinite(p));
  if (bad >= 0) {
    throw new RangeError(
      `invalid probability; not a finite number: ${probabilities[bad]} for image ${Math.floor(bad / classes)}; ` +
        `the model's weights are probably spoiled, train it anew`,
    );
  }
  for (let i = 0; i < n; i++) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    if (row.every((p) => p >= 0) && row.some((p) => p > 0)) continue;
    throw new RangeError(
      `invalid probabilities; an image's must be at least 0, and not all 0: the least is ${Math.min(...row)} for image ${i}; ` +
        'let the model end in a softmax',
    );
  }
}

/** -log of the true class's share of the row, clipped to [EPSILON, 1 - EPSILON] as in Keras's `categorical_crossentropy`. */
function crossEntropy(row: Float32Array, label: number): number {
  const sum = row.reduce((total, p) => total + p, 0);
  return -Math.log(Math.min(Math.max(row[label] / sum, EPSILON), 1 - EPSILON));
}

function argMax(row: Float32Array): number {
  let best = 0;
  for (let k = 1; k < row.length; k++) if (row[k] > row[best]) best = k;
  return best;
}

function classResult(className: string, k: number, confusion: readonly number[][]): ClassResult {
  const right = confusion[k][k];
  const images = sum(confusion[k]);
  const predicted = sum(confusion.map((row) => row[k]));
  return {
    className,
    precision: ratio(right, predicted),
    recall: ratio(right, images),
    f1: ratio(2 * right, images + predicted), // the harmonic mean, multiplied out
    images,
  };
}

function confusedPairs(confusion: readonly number[][], classNames: readonly string[]): Confusion[] {
  const pairs = confusion.flatMap((row, t) =>
    row.map((images, p) => ({
      trueClass: classNames[t],
      predictedClass: classNames[p],
      images: t === p ? 0 : images,
      share: ratio(images, sum(row)),
    })),
  );
  return pairs.filter(({ images }) => images > 0).sort((a, b) => b.images - a.images);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
