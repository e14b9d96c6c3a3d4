import { checkPredictions } from './evaluate';
import type { Predictions } from './predict';

/** Images whose confidence lies in one interval: what was claimed of them beside what came true. */
export interface CalibrationBin {
  /** Confidence from (inclusive) and to (exclusive, but for the last bin), 0..1. */
  readonly from: number;
  readonly to: number;
  readonly images: number;
  /** Mean confidence of these images, 0..1. */
  readonly confidence: number;
  /** Share of them that was classified right, 0..1. */
  readonly accuracy: number;
}

/**
 * Groups predictions by their confidence, the highest of an image's probabilities; bins without images are left out.
 *
 * A net is calibrated when confidence and accuracy agree in every bin (Guo et al. 2017, arXiv 1706.04599, section 2).
 *
 * @param bins intervals of equal width, default 10
 * @throws RangeError when `bins` is not a positive integer; what `evaluate` throws for predictions that are none
 */
export function calibration(predictions: Predictions, bins = 10): CalibrationBin[] {
  checkPredictions(predictions);
  const { probabilities, labels, classNames } = predictions;
  if (!Number.isInteger(bins) || bins <= 0)
    throw new RangeError(`invalid bins; not a positive integer: ${bins}`);
  const classes = classNames.length;
  const sums = Array.from({ length: bins }, () => ({ images: 0, confidence: 0, right: 0 }));
  labels.forEach((label, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const confidence = Math.max(...row);
    const sum = sums[Math.min(bins - 1, Math.floor(confidence * bins))];
    sum.images += 1;
    sum.confidence += confidence;
    sum.right += row.indexOf(confidence) === label ? 1 : 0;
  });
  return sums
    .map(({ images, confidence, right }, i) => ({
      from: i / bins,
      to: (i + 1) / bins,
      images,
      confidence: confidence / images,
      accuracy: right / images,
    }))
    .filter(({ images }) => images > 0);
}
