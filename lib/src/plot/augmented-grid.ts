import type { Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { type Augmentation, augment } from '../augment/augment';
import type { Split } from '../data/split';
import { take } from '../data/take';
import { tf } from '../tensorflow/load';
import { pixelsOf } from './pixels';
import type { VegaLiteSpec } from './spec';
import { type Tile, tileGrid } from './tiles';

export interface AugmentedGridOptions {
  /** Rows, default 8; of as many classes as there are. */
  readonly images?: number;
  /** Changed images in each row, as in epochs one after the other, default 6. */
  readonly versions?: number;
  /** An integer, that of what is drawn; default 0. */
  readonly seed?: number;
  /** Screen pixels per image pixel, a positive integer, default 2. */
  readonly scale?: number;
  /** Default: the split's name. */
  readonly title?: string;
}

/**
 * What augmentation makes of images: one in each row, on the left as it is.
 *
 * @throws RangeError when `images`, `versions` or `scale` is not a positive integer
 * @throws TypeError or RangeError when the augmentation is invalid
 */
export function augmentedGrid(
  split: Split,
  augmentation: Augmentation,
  { images = 8, versions = 6, seed = 0, scale = 2, title = split.name }: AugmentedGridOptions = {},
): VegaLiteSpec {
  if (!Number.isInteger(versions) || versions < 1) {
    throw new RangeError(`invalid versions; not a positive integer: ${versions}`);
  }
  const originals = take(split, images);
  const columns = [originals];
  for (let epoch = 1; epoch <= versions; epoch++) {
    columns.push({ ...originals, ...augmented(originals, augmentation, seed, epoch) });
  }
  const tiles = Array.from(originals.labels, (label, row) =>
    columns.map((column, epoch): Tile => {
      const name = split.classNames[label];
      const version = epoch === 0 ? 'as it is' : `epoch ${epoch}`;
      const caption = epoch === 0 ? name : undefined;
      return { pixels: pixelsOf(column, row), caption, details: { class: name, version } };
    }),
  ).flat();
  const subtitle = 'on the left as they are, then as training sees them in one epoch after the other';
  return tileGrid(tiles, { columns: versions + 1, scale, title, subtitle });
}

/** All images of a split as they are seen in `epoch`. */
function augmented(
  split: Split,
  augmentation: Augmentation,
  seed: number,
  epoch: number,
): Pick<Split, 'images' | 'imageShape'> {
  return tf.tidy(() => {
    const n = split.labels.length;
    const shape: [number, number, number, number] = [n, ...split.imageShape];
    const images: Tensor4D = tf.tensor4d(Int32Array.from(split.images), shape, 'int32');
    const [seedOf, at] = [tf.scalar(seed, 'int32'), tf.scalar(epoch, 'int32')];
    const chance = { seed: seedOf, step: at, epoch: at, indices: tf.range(0, n, 1, 'int32') };
    const seen = augment(images, augmentation, chance);
    const [, height, width, channels] = seen.shape;
    const imageShape: [number, number, number] = [height, width, channels];
    return { images: Uint8Array.from(seen.mul(255).round().dataSync()), imageShape };
  });
}
