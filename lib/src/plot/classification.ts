/** What predictions say about one image. */
import type { Split } from '../data/split';
import type { Predictions } from '../evaluate/predict';

export interface Classification {
  readonly trueClass: string;
  readonly predictedClass: string;
  /** Probability of the predicted class, 0..1. */
  readonly confidence: number;
  readonly verdict: 'right' | 'wrong';
  /** Of every class, `[classes]`. */
  readonly probabilities: readonly number[];
}

/**
 * Of equally probable classes the first counts as predicted, as in `evaluate()`.
 *
 * @throws RangeError when `index` is not that of an image, or a probability is not a number
 */
export function classificationOf(predictions: Predictions, index: number): Classification {
  const { labels, classNames, splitName } = predictions;
  if (!Number.isInteger(index) || index < 0 || index >= labels.length) {
    throw new RangeError(
      `invalid index; not an integer in [0, ${labels.length}) of the predictions for ${splitName}: ${index}`,
    );
  }
  const classes = classNames.length;
  const probabilities = [...predictions.probabilities.subarray(index * classes, (index + 1) * classes)];
  const bad = probabilities.find((p) => !Number.isFinite(p));
  if (bad !== undefined) {
    throw new RangeError(
      `invalid probability; not a finite number: ${bad} for image ${index}; ` +
        `the model's weights are probably spoiled, train it anew`,
    );
  }
  const confidence = Math.max(...probabilities);
  const predicted = probabilities.indexOf(confidence);
  return {
    trueClass: classNames[labels[index]],
    predictedClass: classNames[predicted],
    confidence,
    verdict: predicted === labels[index] ? 'right' : 'wrong',
    probabilities,
  };
}

/** `0.934` as `93 %`; 100 % and 0 % only for what is exactly that. */
export function percent(share: number): string {
  if (share > 0.99 && share < 1) return '>99 %';
  if (share > 0 && share < 0.01) return '<1 %';
  return `${Math.round(share * 100)} %`;
}

/** @throws TypeError unless `predictions` are of the images of `split`, in the same order */
export function checkSameImages(split: Split, { labels, splitName }: Predictions): void {
  const same = labels.length === split.labels.length && labels.every((label, i) => label === split.labels[i]);
  if (!same) {
    throw new TypeError(
      `predictions do not fit ${split.name}; they must be of the same images in the same order: they are of ` +
        `${labels.length} images of ${splitName}`,
    );
  }
}
