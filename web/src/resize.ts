import type { Pixels } from '../../lib/src/plot/png';

/**
 * A picture at another size, bilinearly: every new pixel is the mean of the old ones around its place, weighed by a triangle one new
 * pixel wide on either side, and one old pixel where the picture grows. A plain interpolation of four pixels would skip most of a large
 * photo. As Pillow's `resize(..., BILINEAR)`, and torchvision's with antialias, which round as this does.
 *
 * `[height, width, 3]` -> `[side, side, 3]`, 0..255
 *
 * @throws RangeError when `side` is not a positive integer
 */
export function resizeBilinear({ width, height, rgb }: Pixels, side: number): Pixels {
  if (!Number.isInteger(side) || side < 1) {
    throw new RangeError(`invalid side; not a positive integer: ${side}`);
  }
  const narrow = new Uint8ClampedArray(height * side * 3); // rounds what it is given
  for (const [x, { first, weights }] of windows(width, side).entries()) {
    for (let y = 0; y < height; y++) {
      weigh(rgb, (y * width + first) * 3, 3, weights, narrow, (y * side + x) * 3);
    }
  }
  const small = new Uint8ClampedArray(side * side * 3);
  for (const [y, { first, weights }] of windows(height, side).entries()) {
    for (let x = 0; x < side; x++) {
      weigh(narrow, (first * side + x) * 3, side * 3, weights, small, (y * side + x) * 3);
    }
  }
  return { width: side, height: side, rgb: new Uint8Array(small.buffer) };
}

/** The old pixels that make a new one: `first` and those after it, with weights whose sum is 1. */
interface Window {
  readonly first: number;
  readonly weights: readonly number[];
}

function windows(from: number, to: number): Window[] {
  const scale = from / to;
  const reach = Math.max(scale, 1); // of the triangle, in old pixels
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(from, Math.floor(centre + reach + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / reach),
    );
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return { first, weights: raw.map((weight) => weight / sum) };
  });
}

function weigh(
  source: Uint8Array | Uint8ClampedArray,
  from: number,
  stride: number,
  weights: readonly number[],
  target: Uint8ClampedArray,
  to: number,
): void {
  let [red, green, blue] = [0, 0, 0];
  for (let k = 0; k < weights.length; k++) {
    const at = from + k * stride;
    red += weights[k] * source[at];
    green += weights[k] * source[at + 1];
    blue += weights[k] * source[at + 2];
  }
  target[to] = red;
  target[to + 1] = green;
  target[to + 2] = blue;
}
