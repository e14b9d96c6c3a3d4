import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { checkOptions, checkWholeNumber, shown } from '../model/check-arguments';
import { tf } from '../tensorflow/load';
import type { AugmentChance } from './chance';
import { type ColourRanges, jitterColour } from './colour';
import { type Crop, cropAndFlip, cropSize, type Flip } from './crop-and-flip';
import { cutout } from './cutout';

/**
 * How training images are changed at random, anew at every step; what is left out is left alone. Done in the order of the
 * fields.
 */
export interface Augmentation {
  /** Takes a part of each image, or of the image with a border. */
  readonly crop?: Crop;
  /** Left and right change places in some of the images. */
  readonly flip?: Flip;
  /** Factors drawn for each image, from 1 - x to 1 + x and never below 0. */
  readonly colour?: ColourRanges;
  /** Side in pixels of a square that takes the batch's mean colour (DeVries & Taylor 2017, arXiv 1708.04552): 16 for CIFAR-10. */
  readonly cutout?: number;
}

/** A product and not a quotient, because TensorFlow makes it one when it optimises a graph: so both have the same bits. */
const PER_BYTE = 1 / 255;

/**
 * Images as a network sees them in training: bytes 0..255 become numbers 0..1, cropped, flipped, changed in colour and cut out as
 * `augmentation` says. Part of a training step: it may be recorded, and the same seed and step give the same bits, eagerly and
 * compiled; with XLA, which draws numbers of its own, only there. It has no gradient. The caller disposes the result.
 *
 * @param images int32 0..255, `[batch, height, width, channels]`: bytes, as TensorFlow.js shows them
 * @returns float32 0..1, `[batch, height, width, channels]`, with the height and width of the crop where it has some
 * @throws TypeError or RangeError when an option is invalid, or does not fit the images
 */
export function augment(images: Tensor, augmentation: Augmentation, chance: AugmentChance): Tensor4D {
  checkAugmentation(augmentation);
  checkImages(images, chance);
  checkCropSize(augmentation.crop, images.shape.slice(1));
  const { crop, flip, colour, cutout: side } = augmentation;
  return tf.tidy(() => {
    const original = images.toFloat().mul(PER_BYTE) as Tensor4D;
    let x = original;
    if (crop || flip) x = cropAndFlip(x, { crop, flip }, chance);
    if (colour) x = jitterColour(x, colour, chance);
    if (side) x = cutout(x, side, original.mean([0, 1, 2]), chance);
    return x;
  });
}

function checkImages({ dtype, shape }: Tensor, { indices }: AugmentChance): void {
  const text = (shape: readonly number[]) => `[${shape.join(', ')}]`;
  if (dtype !== 'int32' || shape.length !== 4) {
    throw new TypeError(
      `invalid images; not bytes as int32 [batch, height, width, channels]: ${dtype} ${text(shape)}`,
    );
  }
  if (indices.dtype !== 'int32' || indices.rank !== 1 || indices.size !== shape[0]) {
    throw new TypeError(
      `invalid indices; not int32 [${shape[0]}], one for each image: ${indices.dtype} ${text(indices.shape)}`,
    );
  }
}

const FILLS = ['zeros', 'reflect'];
const FLIPS = ['random', 'alternating'];
const COLOURS = ['brightness', 'contrast', 'saturation'] as const;

/** @throws TypeError or RangeError, which name the option, what it may be and what it is */
export function checkAugmentation(augmentation: Augmentation): void {
  checkOptions('augmentation', augmentation, ['crop', 'flip', 'colour', 'cutout']);
  const { crop, flip, colour, cutout } = augmentation;
  if (crop !== undefined) {
    checkOptions('crop', crop, ['pad', 'fill', 'size']);
    if (crop.pad !== undefined) checkWholeNumber('crop.pad', crop.pad, 0);
    if (crop.size !== undefined) checkWholeNumber('crop.size', crop.size);
    if (!crop.pad && !crop.size) throw new TypeError('invalid crop; it needs a pad or a size: neither');
    checkOneOf('crop.fill', crop.fill, FILLS);
  }
  checkOneOf('flip', flip, FLIPS);
  if (colour !== undefined) {
    checkOptions('colour', colour, COLOURS);
    for (const name of COLOURS) checkRange(`colour.${name}`, colour[name]);
  }
  if (cutout !== undefined) checkWholeNumber('cutout', cutout);
}

/** @throws RangeError when a crop is larger than the image `[height, width, channels]` with its border */
export function checkCropSize(crop: Crop | undefined, [height, width]: readonly number[]): void {
  const [pad, [rows, columns]] = [crop?.pad ?? 0, cropSize(crop, [height, width])];
  if (rows <= height + 2 * pad && columns <= width + 2 * pad) return;
  throw new RangeError(
    `invalid crop.size; it must fit into ${height}x${width} pixels and ${pad} on every side: ${crop!.size}`,
  );
}

/** Throws a TypeError unless `value` is undefined or one of `choices`. */
function checkOneOf(name: string, value: unknown, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value as string)) return;
  const rule = choices.map((choice) => `'${choice}'`).join(' or ');
  throw new TypeError(`invalid ${name}; not ${rule}: ${shown(value)}`);
}

function checkRange(name: string, value: unknown): void {
  if (value === undefined || (Number.isFinite(value) && (value as number) >= 0)) return;
  const message = `invalid ${name}; not a finite number of at least 0: ${shown(value)}`;
  throw typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}
