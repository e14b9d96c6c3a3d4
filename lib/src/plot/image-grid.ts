import type { Split } from '../data/split';
import type { Predictions } from '../evaluate/predict';
import { checkSameImages, classificationOf, percent } from './classification';
import { pixelsOf } from './pixels';
import type { VegaLiteSpec } from './spec';
import { type Tile, tileGrid } from './tiles';

export interface ImageGridOptions {
  /** Images in a row, default 5. */
  readonly columns?: number;
  /** Of the same split; with them each image shows its predicted class and confidence, green when right, red when wrong. */
  readonly predictions?: Predictions;
  /** Screen pixels per image pixel, a positive integer, default 3. */
  readonly scale?: number;
  /** Default: the split's name. */
  readonly title?: string;
}

/**
 * Images of a split with their classes.
 *
 * @param indices of the images in the split, in the order in which to show them
 * @throws RangeError when an index, `columns` or `scale` is out of range, or there is no index
 * @throws TypeError when `predictions` are of another number of images, or say other labels
 */
export function imageGrid(
  split: Split,
  indices: ArrayLike<number>,
  { columns = 5, predictions, scale = 3, title = split.name }: ImageGridOptions = {},
): VegaLiteSpec {
  if (predictions) checkSameImages(split, predictions);
  const tiles = Array.from(indices, (index): Tile => {
    const pixels = pixelsOf(split, index);
    const trueClass = split.classNames[split.labels[index]];
    if (!predictions) return { pixels, caption: trueClass, details: { image: index, class: trueClass } };
    const { predictedClass, confidence, verdict } = classificationOf(predictions, index);
    const details = {
      image: index,
      'true class': trueClass,
      'predicted class': predictedClass,
      confidence: `${(confidence * 100).toFixed(1)} %`,
    };
    const caption = `${predictedClass} ${percent(confidence)}`;
    return { pixels, caption, note: `true: ${trueClass}`, verdict, details };
  });
  const right = tiles.filter(({ verdict }) => verdict === 'right').length;
  const subtitle = predictions && `predicted class and its probability; ${right} of ${tiles.length} right`;
  return tileGrid(tiles, { columns, scale, title, subtitle });
}
