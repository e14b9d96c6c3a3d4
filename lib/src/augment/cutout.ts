import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { type AugmentChance, draw } from './chance';

/**
 * Covers a square of every image, centred on a pixel that is drawn evenly from all of the image's: a part of the square may lie
 * outside (DeVries & Taylor 2017, arXiv 1708.04552, section 3.2).
 *
 * @param images `[batch, height, width, channels]`
 * @param side of the square, in pixels; of its pixels `floor(side / 2)` lie left of its centre and as many above
 * @param colour `[channels]`, of what the square is covered with
 * @returns of the shape of `images`; the caller disposes it
 */
export function cutout(images: Tensor4D, side: number, colour: Tensor, chance: AugmentChance): Tensor4D {
  return tf.tidy(() => {
    const [batch, height, width] = images.shape;
    const [x, y] = tf.unstack(draw('cutout', [2, batch], chance));
    const rows = covered(y, height, side).reshape([batch, height, 1, 1]);
    const columns = covered(x, width, side).reshape([batch, 1, width, 1]);
    const hole = rows.mul(columns); // [batch, height, width, 1]
    return images.mul(tf.sub(1, hole)).add(hole.mul(colour)); // products with 0 and 1: every pixel is exactly one of the two
  });
}

/** Along one axis, 1 where the square is and 0 elsewhere: places in `[0, 1)` of the centres `[batch]` -> `[batch, length]`. */
function covered(place: Tensor, length: number, side: number): Tensor {
  const first = place
    .mul(length)
    .floor()
    .sub(Math.floor(side / 2))
    .expandDims(1);
  const pixels = tf.range(0, length);
  return pixels
    .greaterEqual(first)
    .logicalAnd(pixels.less(first.add(side)))
    .toFloat();
}
