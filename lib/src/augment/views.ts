import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import type { ImageShape } from '../data/split';
import { shown } from '../model/check-arguments';
import { tf } from '../tensorflow/load';

/**
 * As which views of an image a model sees it, when it is to judge it better than at one look (Jordan 2024, arXiv 2404.00498, section
 * 3.5; `infer` of its airbench94.py, at `tta_level` 1 and 2):
 *
 * - `flip`: the image and its mirror image, of equal weight
 * - `flip and crops`: those two with half of the weight; and the image moved by one pixel, down and right as well as up and left, each
 *   with its mirror image, with the other half; what lies beyond the edge is mirrored, without the edge itself: `b | a b c | b`
 */
export type TestTime = 'flip' | 'flip and crops';

/** Where a view begins in the image, in pixels down and right, and the weight of it and its mirror image together. */
const PAIRS: Readonly<Record<TestTime, readonly { readonly offset: -1 | 0 | 1; readonly weight: number }[]>> =
  {
    flip: [{ offset: 0, weight: 1 }],
    'flip and crops': [
      { offset: 0, weight: 0.5 },
      { offset: -1, weight: 0.25 },
      { offset: 1, weight: 0.25 },
    ],
  };

/** The smallest normal float32, which stands for probabilities that were rounded to 0: they have no logarithm. */
const LEAST = 2 ** -126;

/** @throws TypeError when there is no such choice; RangeError when images of that shape are too small to be moved */
export function checkTestTime(testTime: unknown, [height, width]: ImageShape): void {
  if (testTime !== 'flip' && testTime !== 'flip and crops') {
    throw new TypeError(`invalid testTime; not 'flip' or 'flip and crops': ${shown(testTime)}`);
  }
  if (testTime === 'flip and crops' && Math.min(height, width) < 2) {
    throw new RangeError(
      `invalid testTime; crops need images of at least 2 x 2 pixels: ${height} x ${width}; use 'flip'`,
    );
  }
}

/** How many views of an image there are. */
export function viewCount(testTime: TestTime): number {
  return 2 * PAIRS[testTime].length;
}

/**
 * What a model says on average of all views of each image: the mean of the logits, and of that the softmax. The logits are taken to
 * be the logarithms of the probabilities, which are the same but for a number that all classes share, and which softmax ignores.
 * The caller disposes the result; it may be recorded.
 *
 * @param images `[batch, height, width, channels]`, with more than one row and column for crops
 * @param probabilitiesOf a model without randomness that ends in a softmax; it gets all views in one batch: `[views * batch, height,
 *   width, channels]` -> `[views * batch, classes]`
 * @returns probabilities, `[batch, classes]`
 */
export function overViews(
  images: Tensor4D,
  testTime: TestTime,
  probabilitiesOf: (views: Tensor4D) => Tensor,
): Tensor2D {
  return tf.tidy(() => {
    const pairs = PAIRS[testTime];
    const views = pairs.flatMap(({ offset }) => {
      const moved = crop(images, offset);
      return [moved, tf.reverse(moved, 2)];
    });
    const logits = probabilitiesOf(tf.concat(views)).maximum(LEAST).log();
    const weighted = tf
      .split(logits, views.length)
      .map((ofView, i) => ofView.mul(pairs[Math.floor(i / 2)].weight / 2));
    return tf.softmax(tf.addN(weighted)) as Tensor2D;
  });
}

/** The part of the images' own size that begins `offset` pixels further down and right in them. */
function crop(images: Tensor4D, offset: -1 | 0 | 1): Tensor4D {
  if (offset === 0) return images;
  const [batch, height, width, channels] = images.shape;
  const around = [0, 1, 1, 0].map((pad) => [pad, pad]) as [number, number][];
  const padded = tf.mirrorPad(images, around, 'reflect'); // image-transform's `reflect` repeats the edge
  return tf.slice(padded, [0, 1 + offset, 1 + offset, 0], [batch, height, width, channels]);
}
