import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { type ImageFill, imageTransform } from '../ops/image-transform';
import { nativeOp } from '../ops/native-op';
import { tf } from '../tensorflow/load';
import { type AugmentChance, draw, streamOf } from './chance';

/**
 * A crop of the image's own size from the image with `pad` more pixels on every side, 4 for CIFAR (He et al. 2015, arXiv
 * 1512.03385, section 4.2). Those are black by default, or the image mirrored.
 */
export interface Crop {
  /** A positive integer: how far an image may be shifted, in pixels. */
  readonly pad: number;
  readonly fill?: ImageFill;
}

/**
 * At random, with probability 1/2; or alternating, each image in every other epoch, and in which of them is random (Jordan 2024,
 * airbench, arXiv 2404.00498, section 3.6).
 */
export type Flip = 'random' | 'alternating';

/**
 * Crops and then flips, as one transform of every image: the output at `(x, y)` is the input at `(x + dx, y + dy)`, or at
 * `(width - 1 - x + dx, y + dy)` where it is flipped.
 *
 * @param images `[batch, height, width, channels]`
 * @returns of the same shape; the caller disposes it
 */
export function cropAndFlip(
  images: Tensor4D,
  { crop, flip }: { readonly crop?: Crop; readonly flip?: Flip },
  chance: AugmentChance,
): Tensor4D {
  return tf.tidy(() => {
    const [batch, , width] = images.shape;
    const [zeros, ones] = [tf.zeros([batch]), tf.ones([batch])];
    const [dx, dy] = crop ? offsets(crop.pad, batch, chance) : [zeros, zeros];
    const flipped = flip ? flips(flip, batch, chance).toFloat() : zeros;
    const direction = ones.sub(flipped.mul(2));
    const start = dx.add(flipped.mul(width - 1));
    const transforms = tf.stack([direction, zeros, start, zeros, ones, dy, zeros, zeros], 1); // [batch, 8]
    return imageTransform(images, transforms as Tensor2D, crop?.fill ?? 'zeros');
  });
}

/** How far each image is shifted, a whole number from `-pad` to `pad`, all equally likely; twice `[batch]`. */
function offsets(pad: number, batch: number, chance: AugmentChance): Tensor[] {
  const drawn = draw('crop', [2, batch], chance).mul(2 * pad + 1);
  return tf.unstack(drawn.floor().sub(pad));
}

/** Which images are flipped, bool `[batch]`. */
function flips(flip: Flip, batch: number, chance: AugmentChance): Tensor {
  if (flip === 'random') return draw('flip', [batch], chance).less(0.5);
  return coins(chance).add(chance.epoch).mod(tf.scalar(2, 'int32')).equal(1);
}

const LARGEST = 2 ** 31 - 1; // of int32
const ROUNDS = 32; // with TensorFlow's default of 4 the coins of seeds 1 and 2 are each other's opposite

/**
 * An int32 for each image, of which the last bit is 0 or 1 at random and depends on seed and index alone: the index's place when
 * all indices that there are have been shuffled, which TensorFlow finds by enciphering it. `[batch]`
 */
function coins({ seed, indices }: AugmentChance): Tensor {
  const key = tf.stack([seed, streamOf('flip'), tf.scalar(0, 'int32')]);
  const attrs = { dtype: { type: 'int32' }, Tseed: { type: 'int32' }, rounds: { int: ROUNDS } } as const;
  const [places] = nativeOp('RandomIndexShuffle', [indices, key, tf.scalar(LARGEST, 'int32')], attrs, 1);
  return places.mod(tf.scalar(2, 'int32'));
}
