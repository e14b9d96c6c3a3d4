import type { Predictions } from '../evaluate/predict';
import { horizontalBars } from './bars';
import { classificationOf, percent } from './classification';
import type { VegaLiteSpec } from './spec';
import { COLOURS } from './theme';

export interface ConfidenceBarsOptions {
  /** Show only the most probable classes and the true one, default 10. */
  readonly classes?: number;
  /** Default: names the image, its split, and what it is taken for. */
  readonly title?: string;
}

/**
 * How probable the model finds each class for one image; the colour says which class is true, which one predicted.
 *
 * @param index of the image in the predictions
 * @throws RangeError when `index` is not that of an image, or `classes` is not a positive integer
 */
export function confidenceBars(
  predictions: Predictions,
  index: number,
  { classes = 10, title }: ConfidenceBarsOptions = {},
): VegaLiteSpec {
  if (!Number.isInteger(classes) || classes < 1) {
    throw new RangeError(`invalid classes; not a positive integer: ${classes}`);
  }
  const { classNames, splitName } = predictions;
  const { trueClass, predictedClass, confidence, verdict, probabilities } = classificationOf(
    predictions,
    index,
  );
  const groupOf = (name: string) =>
    name === trueClass ? 'true class' : name === predictedClass ? 'predicted, but wrong' : 'other classes';
  const ranks = [...probabilities].sort((a, b) => b - a);
  const least = ranks[Math.min(classes, ranks.length) - 1];
  const likely = probabilities.filter((value) => value >= least).length;
  const bars = classNames
    .map((name, k) => ({ name, value: probabilities[k], group: groupOf(name) }))
    .filter(({ name, value }) => value >= least || name === trueClass);
  const shown =
    bars.length < classNames.length
      ? `; the ${likely} most probable classes of ${classNames.length}${likely < bars.length ? ' and the true one' : ''}`
      : '';
  return horizontalBars(bars, {
    title: title ?? `${splitName}, image ${index}`,
    subtitle: `taken for ${predictedClass} with ${percent(confidence)}, is ${trueClass}${shown}`,
    nameTitle: 'class',
    valueTitle: 'probability',
    format: '.1%',
    axisFormat: '.0%',
    domain: [0, 1],
    groups: [
      { name: 'true class', colour: COLOURS.right },
      ...(verdict === 'wrong' ? [{ name: 'predicted, but wrong', colour: COLOURS.wrong }] : []),
      { name: 'other classes', colour: COLOURS.other },
    ],
    sideBySide: false,
  });
}
