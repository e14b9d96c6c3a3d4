import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { type ImageFill, imageTransform } from '../ops/image-transform';
import { nativeOp } from '../ops/native-op';
import { tf } from '../tensorflow/load';
import { type AugmentChance, draw, streamOf } from './chance';

/**
 * A part of the image, at a place that is drawn anew at every step. The papers' crops have the image's own size and are taken from the
 * image with 4 more pixels on every side (He et al. 2015, arXiv 1512.03385, section 4.2). As torchvision's `RandomCrop`.
 */
export interface Crop {
  /** Pixels added on every side before cropping, an integer of at least 0; default 0. */
  readonly pad?: number;
  /** What is added: black by default, or the image mirrored. */
  readonly fill?: ImageFill;
  /**
   * Height and width of the crop in pixels, at most those of the padded image; default: the image's own. A smaller one costs less time
   * in training, and a model of any image size, which ends in a global pool, is used on whole images afterwards (Touvron et al. 2019,
   * arXiv 1906.06423).
   */
  readonly size?: number;
}

/**
 * At random, with probability 1/2; or alternating, each image in every other epoch, and in which of them is random (Jordan 2024,
 * airbench, arXiv 2404.00498, section 3.6).
 */
export type Flip = 'random' | 'alternating';

/**
 * Crops and then flips, as one transform of every image: the output at `(x, y)` is the input at `(x + dx, y + dy)`, or at
 * `(width - 1 - x + dx, y + dy)` where it is flipped; `width` is the output's.
 *
 * @param images `[batch, height, width, channels]`
 * @returns of the same shape, but for the crop's size; the caller disposes it
 */
export function cropAndFlip(
  images: Tensor4D,
  { crop, flip }: { readonly crop?: Crop; readonly flip?: Flip },
  chance: AugmentChance,
): Tensor4D {
  return tf.tidy(() => {
    const [batch, height, width] = images.shape;
    const [rows, columns] = cropSize(crop, [height, width]);
    const pad = crop?.pad ?? 0;
    const zeros = tf.zeros([batch]);
    const [ofX, ofY] = crop ? tf.unstack(draw('crop', [2, batch], chance)) : [];
    const dx = ofX ? offsets(ofX, pad, width - columns) : zeros;
    const dy = ofY ? offsets(ofY, pad, height - rows) : zeros;
    const flipped = flip ? flips(flip, batch, chance).toFloat() : zeros;
    const direction = tf.sub(1, flipped.mul(2));
    const start = dx.add(flipped.mul(columns - 1));
    const transforms = tf.stack([direction, zeros, start, zeros, tf.ones([batch]), dy, zeros, zeros], 1); // [batch, 8]
    return imageTransform(images, transforms as Tensor2D, crop?.fill ?? 'zeros', [rows, columns]);
  });
}

/** `[height, width]` of images of `[height, width]` after the crop. */
export function cropSize(crop: Crop | undefined, [height, width]: readonly number[]): [number, number] {
  return [crop?.size ?? height, crop?.size ?? width];
}

/** Where each crop begins, a whole number from `-pad` to `pad + room`, all equally likely: places in `[0, 1)` -> pixels. */
function offsets(place: Tensor, pad: number, room: number): Tensor {
  return place
    .mul(2 * pad + room + 1)
    .floor()
    .sub(pad);
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
