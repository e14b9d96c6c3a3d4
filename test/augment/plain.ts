/** Augmentation once more, pixel by pixel in JavaScript: slow, and written without a look at the other. */
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { AugmentChance } from '../../lib/src/augment/chance';
import { seededRandom } from '../../lib/src/data/random';
import { tf } from '../../lib/src/tensorflow/load';

export type Shape = [batch: number, height: number, width: number, channels: number];

/** An image as a function of place and channel; `undefined` outside. */
export type Image = (x: number, y: number, c: number) => number | undefined;

/** Bytes at random, the caller's. */
export function randomBytes(shape: Shape, seed = 1): Tensor {
  const random = seededRandom(seed);
  const bytes = Int32Array.from({ length: tf.util.sizeFromShape(shape) }, () => Math.floor(256 * random()));
  return tf.tensor(bytes, shape, 'int32');
}

/** The caller's. */
export function chanceOf(batch: number, { seed = 1, step = 1, epoch = 1, first = 0 } = {}): AugmentChance {
  const scalar = (value: number) => tf.scalar(value, 'int32');
  const indices = tf.range(first, first + batch, 1, 'int32');
  return { seed: scalar(seed), step: scalar(step), epoch: scalar(epoch), indices };
}

/** Every image of a batch, by its numbers. */
export function imagesOf([batch, height, width, channels]: Shape, values: readonly number[]): Image[] {
  const within = (x: number, y: number) => x >= 0 && x < width && y >= 0 && y < height;
  return Array.from({ length: batch }, (_, i) => (x: number, y: number, c: number) => {
    return within(x, y) ? values[((i * height + y) * width + x) * channels + c] : undefined;
  });
}

/** The numbers of images of that shape, as a tensor has them. */
export function valuesOf(images: readonly Image[], [, height, width, channels]: readonly number[]): number[] {
  const values: number[] = [];
  for (const image of images) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < channels; c++) values.push(Math.fround(image(x, y, c)!));
      }
    }
  }
  return values;
}

/** The crop that begins at (left, top) of the image with black borders of `pad`. */
export function cropped(image: Image, left: number, top: number, pad: number): Image {
  return (x, y, c) => image(left + x - pad, top + y - pad, c) ?? 0;
}

/** The same of the image with mirrored borders. */
export function croppedMirror(
  image: Image,
  left: number,
  top: number,
  pad: number,
  [, height, width]: readonly number[],
): Image {
  const rowOf = mirrored(height, pad);
  const columnOf = mirrored(width, pad);
  return (x, y, c) => image(columnOf[left + x], rowOf[top + y], c);
}

/** 2 1 0 | 0 1 2 3 | 3 2 1 */
function mirrored(length: number, pad: number): number[] {
  const forward = Array.from({ length }, (_, i) => i);
  const backward = [...forward].reverse();
  return [...backward.slice(-pad), ...forward, ...backward.slice(0, pad)];
}

export function flipped(image: Image, [, , width]: readonly number[]): Image {
  return (x, y, c) => image(width - 1 - x, y, c);
}
