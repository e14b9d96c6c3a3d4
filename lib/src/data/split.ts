/** The one form in which images travel through the library: bytes until a batch is normalised. */

/** `[height, width, channels]` of every image in a split. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** A named part of a data set: the training images, the test images, or some of them. */
export interface Split {
  /** What a plot or a report calls it, data set included, e.g. `"CIFAR-10 test images"`. */
  readonly name: string;
  /** Pixel values 0..255, `[n, height, width, channels]` in row-major order. */
  readonly images: Uint8Array;
  /** Class indices, `[n]`, each in `[0, classNames.length)`. */
  readonly labels: Uint8Array;
  readonly classNames: readonly string[];
  readonly imageShape: ImageShape;
}

/** Where a data set came from; a result is always shown with it. */
export type DataSource = 'cifar10' | 'cifar100' | 'generated';

/** A training and a test split that belong together. */
export interface DataSet {
  /** `"CIFAR-10"`, `"CIFAR-100"` or `"generated images (not CIFAR-10)"`. */
  readonly name: string;
  readonly source: DataSource;
  readonly train: Split;
  readonly test: Split;
}

/**
 * The number of bytes of one image of `split`, its parts checked against each other on the way.
 *
 * @throws TypeError when there are more or fewer pixel bytes than the labels ask for
 */
export function imageBytes(split: Split): number {
  const [height, width, channels] = split.imageShape;
  const bytes = height * width * channels;
  const expected = split.labels.length * bytes;
  if (split.images.length !== expected) {
    throw new TypeError(
      `invalid split "${split.name}"; ${split.labels.length} labels of ${height}x${width}x${channels} images need ${expected} bytes: ${split.images.length}`,
    );
  }
  return bytes;
}
