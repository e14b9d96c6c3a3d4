import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { normalise, oneHot } from './normalise';
import { shuffledIndices } from './random';
import { imageBytes, type Split } from './split';

/** What one training step sees. Whoever takes it disposes both tensors. */
export interface Batch {
  /** float32 in 0..1, `[batch, height, width, channels]` */
  readonly images: Tensor4D;
  /** One-hot float32, `[batch, classes]` */
  readonly labels: Tensor2D;
  /** Which images of the split these are, `[batch]` */
  readonly indices: Int32Array;
}

export interface BatchOptions {
  /** Images in a batch; the last one of an epoch may be smaller. */
  readonly batchSize: number;
  /** Shuffles the split; undefined: in the split's own order. */
  readonly seed?: number;
  /** With a seed, every epoch has an order of its own; default 0. */
  readonly epoch?: number;
  /** Leaves a smaller last batch out; default false. */
  readonly dropLast?: boolean;
}

/**
 * Goes once through a split in batches, each made only when it is asked for.
 *
 * The caller disposes `images` and `labels` of every batch; a batch that is never asked for needs no disposal.
 *
 * @throws RangeError at once when an option is out of range, or when `dropLast` would leave nothing
 * @throws TypeError at once when the parts of the split do not fit each other
 */
export function batchesOf(split: Split, options: BatchOptions): Generator<Batch, void, undefined> {
  const { batchSize, seed, epoch = 0, dropLast = false } = options;
  if (!Number.isInteger(batchSize) || batchSize <= 0) {
    throw new RangeError(`invalid batchSize; not a positive integer: ${batchSize}`);
  }
  const n = split.labels.length;
  if (dropLast && batchSize > n) {
    throw new RangeError(
      `invalid batchSize; with dropLast no batch is left of the ${n} images of "${split.name}": ${batchSize}`,
    );
  }
  const order = orderOf(split, seed, epoch);
  const end = dropLast ? n - (n % batchSize) : n;
  imageBytes(split); // refuses parts that do not fit each other before the first batch is asked for
  return inOrder(split, order.subarray(0, end), batchSize);
}

/** The indices of a split in the order in which an epoch goes through them; without a seed its own order. */
export function orderOf(split: Split, seed: number | undefined, epoch: number): Int32Array {
  const n = split.labels.length;
  return seed === undefined ? Int32Array.from({ length: n }, (_, i) => i) : shuffledIndices(n, seed, epoch);
}

function* inOrder(split: Split, order: Int32Array, batchSize: number) {
  for (let start = 0; start < order.length; start += batchSize) {
    yield batchOf(split, order.subarray(start, start + batchSize));
  }
}

/**
 * The named images of a split as one batch, in the order of the indices. The caller disposes `images` and `labels`.
 *
 * @throws RangeError when an index is not that of an image of the split
 */
export function batchOf(split: Split, indices: ArrayLike<number>): Batch {
  const n = indices.length;
  const pixels = new Uint8Array(n * imageBytes(split));
  const labels = new Uint8Array(n);
  gatherBytes(split, indices, pixels, labels);
  const classes = split.classNames.length;
  const oneHotLabels = oneHot(labels, classes); // refuses a bad label before a tensor exists
  return {
    images: tf.tensor4d(normalise(pixels), [n, ...split.imageShape]),
    labels: tf.tensor2d(oneHotLabels, [n, classes]),
    indices: Int32Array.from(indices),
  };
}

/**
 * Copies the named images of a split, and their labels, to the beginning of two arrays.
 *
 * @param pixels of at least `[indices, height, width, channels]` bytes
 * @param labels of at least `[indices]` bytes
 * @throws RangeError when an index is not that of an image of the split
 */
export function gatherBytes(
  split: Split,
  indices: ArrayLike<number>,
  pixels: Uint8Array,
  labels: Uint8Array,
): void {
  const bytes = imageBytes(split);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (!Number.isInteger(index) || index < 0 || index >= split.labels.length) {
      throw new RangeError(`invalid index; not in [0, ${split.labels.length}): ${index}`);
    }
    pixels.set(split.images.subarray(index * bytes, (index + 1) * bytes), i * bytes);
    labels[i] = split.labels[index];
  }
}
