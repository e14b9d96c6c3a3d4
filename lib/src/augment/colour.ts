import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { type AugmentChance, draw } from './chance';

/** Each a number of at least 0, as in torchvision's `ColorJitter`; undefined or 0: no change. */
export interface ColourRanges {
  readonly brightness?: number;
  readonly contrast?: number;
  readonly saturation?: number;
}

/** Shares of red, green and blue in grey: those of ITU-R BT.601, rounded as in torchvision's `rgb_to_grayscale`. */
const LUMA = [0.2989, 0.587, 0.114];

/**
 * Brightness, contrast and saturation changed in this order, by factors drawn for each image: as torchvision's `ColorJitter`,
 * which draws the order too. Every step blends the image with something dull and keeps the result in 0..1:
 *
 *     factor * image + (1 - factor) * dull
 *     dull    brightness: black    contrast: the mean of the image in grey    saturation: the image in grey
 *
 * Source: pytorch.org/vision, `torchvision.transforms.ColorJitter` and `functional.adjust_...`.
 *
 * @param images 0..1, `[batch, height, width, channels]`
 * @returns of the same shape; the caller disposes it
 * @throws TypeError when images of other than 1 or 3 channels are to change in contrast or saturation
 */
export function jitterColour(images: Tensor4D, ranges: ColourRanges, chance: AugmentChance): Tensor4D {
  return tf.tidy(() => {
    let x = images;
    const blend = (kind: keyof ColourRanges, dullOf: (x: Tensor4D) => Tensor) => {
      const range = ranges[kind];
      if (!range) return;
      const factor = factors(kind, range, x.shape[0], chance);
      const dull = dullOf(x).mul(tf.sub(1, factor));
      x = tf.clipByValue(x.mul(factor).add(dull), 0, 1) as Tensor4D;
    };
    blend('brightness', () => tf.scalar(0));
    blend('contrast', (x) => grey(x).mean([1, 2], true));
    blend('saturation', grey);
    return x.clone();
  });
}

/** `[batch, 1, 1, 1]`, so as to multiply images. */
function factors(kind: string, range: number, batch: number, chance: AugmentChance): Tensor {
  const low = Math.max(0, 1 - range);
  return draw(kind, [batch, 1, 1, 1], chance)
    .mul(1 + range - low)
    .add(low);
}

/** `[batch, height, width, 1]` */
function grey(images: Tensor4D): Tensor4D {
  const channels = images.shape[3];
  if (channels === 1) return images;
  if (channels !== 3) {
    throw new TypeError(`invalid images; contrast and saturation need 1 or 3 channels: ${channels}`);
  }
  return images.mul(tf.tensor1d(LUMA)).sum(3, true);
}
