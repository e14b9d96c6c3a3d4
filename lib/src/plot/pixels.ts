/** Turns bytes and numbers into coloured pixels. */
import { imageBytes, type Split } from '../data/split';
import type { Pixels } from './png';

/**
 * Image `index` of a split in colour; images of one channel come out grey.
 *
 * @throws RangeError when the split has no such image, or images of other than 1 or 3 channels
 */
export function pixelsOf(split: Split, index: number): Pixels {
  const images = split.labels.length;
  if (!Number.isInteger(index) || index < 0 || index >= images) {
    throw new RangeError(`invalid index; not an integer in [0, ${images}) of ${split.name}: ${index}`);
  }
  const bytes = imageBytes(split);
  const [height, width, channels] = split.imageShape;
  return {
    width,
    height,
    rgb: inColour(split.images.subarray(index * bytes, (index + 1) * bytes), channels),
  };
}

function inColour(values: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return values;
  if (channels !== 1) throw new RangeError(`cannot draw images; 1 or 3 channels are needed: ${channels}`);
  const rgb = new Uint8Array(values.length * 3);
  for (let i = 0; i < rgb.length; i++) rgb[i] = values[Math.floor(i / 3)];
  return rgb;
}

/** A range of values and the bytes 0..255 it is drawn as. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The smallest and the largest finite value; `{ low: 0, high: 0 }` when there is none. */
export function rangeOf(values: Iterable<number>): Range {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high } : { low: 0, high: 0 };
}

/** `value` as a share of the range, 0..1; 0 for a range without extent and for what is not a number. */
export function shareOf(value: number, { low, high }: Range): number {
  const share = (value - low) / (high - low);
  return Number.isFinite(share) ? Math.min(Math.max(share, 0), 1) : 0;
}

export type ColourMap = 'viridis' | 'grey';

/** Every 32nd colour of matplotlib's viridis, and its last. */
const VIRIDIS = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

/** The colour of `share` in 0..1, as bytes. */
export function colourOf(share: number, map: ColourMap): [red: number, green: number, blue: number] {
  if (map === 'grey') {
    const grey = Math.round(share * 255);
    return [grey, grey, grey];
  }
  const position = share * (VIRIDIS.length - 1);
  const from = Math.min(Math.floor(position), VIRIDIS.length - 2);
  const between = (c: number) =>
    Math.round(VIRIDIS[from][c] + (VIRIDIS[from + 1][c] - VIRIDIS[from][c]) * (position - from));
  return [between(0), between(1), between(2)];
}
