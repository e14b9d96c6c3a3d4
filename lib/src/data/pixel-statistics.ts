import { imageBytes, type Split } from './split';

/** Mean and spread of the pixel values of each channel, on the scale 0..1 that a network sees. */
export interface PixelStatistics {
  /** `[channels]` */
  readonly mean: number[];
  /** Standard deviation over all pixels of all images, `[channels]`. */
  readonly std: number[];
}

/**
 * Mean and standard deviation per channel over every pixel of every image of a split, 0..1.
 *
 * @throws RangeError when the split is empty
 */
export function pixelStatistics(split: Split): PixelStatistics {
  if (split.labels.length === 0) throw new RangeError(`invalid split "${split.name}"; no images: 0`);
  const channels = split.imageShape[2];
  const pixels = (split.labels.length * imageBytes(split)) / channels;
  const sums = new Array<number>(channels).fill(0);
  const squares = new Array<number>(channels).fill(0);
  for (let i = 0; i < split.images.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      const value = split.images[i + c];
      sums[c] += value; // whole numbers far below 2^53: exact
      squares[c] += value * value;
    }
  }
  const mean = sums.map((sum) => sum / pixels / 255);
  const std = squares.map(
    (square, c) => Math.sqrt(Math.max(0, square / pixels - (sums[c] / pixels) ** 2)) / 255,
  );
  return { mean, std };
}
