/** One generated image: a shape somewhere on an uneven background, among strokes, partly covered, badly lit, noisy. */
import { Canvas, type Colour, type Paint, type Region } from './canvas';
import type { Inside, Shape } from './shapes';

/** Width and height in pixels, as CIFAR's. */
export const SIDE = 32;

/** How far apart the colours of shape and background are at least, of at most 441 (black and white). */
const LEAST_CONTRAST = 150;

/**
 * The strongest channel of a background and of everything lighter, of 255. Pictures that are dark as a whole let the running
 * means of a batch normalisation settle early: on lighter ones the article's net swings by ten points between epochs.
 */
const DARK = [15, 100] as const;
const LIGHT = [140, 255] as const;

/** Paints one specimen of `shape` into `to` from `at` on, `[32, 32, 3]` bytes; everything about it is drawn from `words`. */
export function paintScene(shape: Shape, words: () => number, to: Uint8Array, at: number): void {
  const random = () => words() / 2 ** 32;
  const between = (low: number, high: number) => low + random() * (high - low);
  const canvas = new Canvas(SIDE);
  const [foreground, background] = contrastingColours(between);

  paintBackground(canvas, background, between);
  const strokes = Math.floor(between(0, 5));
  for (let i = 0; i < strokes; i++) {
    canvas.fill(stroke(between), plain(mix(background, randomColour(between, LIGHT), between(0.2, 0.6)), 1));
  }

  const radius = between(10, 13.5);
  const x = SIDE / 2 + between(-4, 4);
  const y = SIDE / 2 + between(-4, 4);
  const inside = placed(shape(random), radius, between);
  if (random() < 0.5) {
    const fall = between(0.8, 1.8);
    canvas.fill(moved(inside, x + fall, y + fall, radius), plain([0, 0, 0], between(0.15, 0.4)));
  }
  const [slopeX, slopeY] = direction(between);
  const shading = between(0, 3.2); // levels per pixel
  canvas.fill(moved(inside, x, y, radius), {
    colour: foreground,
    slopeX: slopeX * shading,
    slopeY: slopeY * shading,
    opacity: 1,
  });
  if (random() < 0.35) canvas.fill(stroke(between), plain(randomColour(between, LIGHT), 1));

  light(canvas, between);
  addNoise(canvas, between(1, 8), words);
  canvas.writeBytes(to, at);
}

type Between = (low: number, high: number) => number;

const plain = (colour: Colour, opacity: number): Paint => ({ colour, slopeX: 0, slopeY: 0, opacity });

const mix = (a: Colour, b: Colour, share: number): Colour => [
  a[0] + share * (b[0] - a[0]),
  a[1] + share * (b[1] - a[1]),
  a[2] + share * (b[2] - a[2]),
];

/** Any hue, from pale to strong, its strongest channel in the range given. */
function randomColour(between: Between, [darkest, lightest]: readonly [number, number]): Colour {
  const sixth = between(0, 6);
  const strength = between(0.25, 0.95);
  const top = between(darkest, lightest);
  const channel = (offset: number) => {
    const k = (offset + sixth) % 6; // from hue to channel as in HSV
    return top * (1 - strength * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

/** A light colour and a dark one that can be told apart. */
function contrastingColours(between: Between): [Colour, Colour] {
  for (;;) {
    const light = randomColour(between, LIGHT);
    const dark = randomColour(between, DARK);
    const [red, green, blue] = [light[0] - dark[0], light[1] - dark[1], light[2] - dark[2]];
    if (red * red + green * green + blue * blue >= LEAST_CONTRAST * LEAST_CONTRAST) return [light, dark];
  }
}

/** A random unit vector, by rejection instead of an angle: square roots are exact on every machine. */
function direction(between: Between): [number, number] {
  for (;;) {
    const x = between(-1, 1);
    const y = between(-1, 1);
    const square = x * x + y * y;
    if (square > 1 || square < 1e-4) continue;
    const length = Math.sqrt(square);
    return [x / length, y / length];
  }
}

/** A colour that changes across the picture, and clouds: random values on a 5x5 grid, blended between. */
function paintBackground(canvas: Canvas, colour: Colour, between: Between): void {
  const [slopeX, slopeY] = direction(between);
  const slope = between(0, 2.5); // levels per pixel
  const cloudiness = between(0, 26); // levels
  const grid = Float64Array.from({ length: 25 }, () => between(-1, 1));
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const lift = ((column - SIDE / 2) * slopeX + (row - SIDE / 2) * slopeY) * slope;
      const cloud = cloudiness * blended(grid, (column / SIDE) * 4, (row / SIDE) * 4);
      for (let c = 0; c < 3; c++) canvas.pixels[(row * SIDE + column) * 3 + c] = colour[c] + lift + cloud;
    }
  }
}

/** Bilinear interpolation in a 5x5 grid; `x` and `y` in [0, 4). */
function blended(grid: Float64Array, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const at = top * 5 + left;
  const upper = grid[at] + (x - left) * (grid[at + 1] - grid[at]);
  const lower = grid[at + 5] + (x - left) * (grid[at + 6] - grid[at + 5]);
  return upper + (y - top) * (lower - upper);
}

/** A thin bar anywhere: clutter behind the shape, or something in front of it. */
function stroke(between: Between): Region {
  const [cos, sin] = direction(between);
  const halfLength = between(3, 9);
  const halfWidth = between(0.6, 1.3);
  const inside: Inside = (dx, dy) =>
    Math.abs(dx * cos + dy * sin) < halfLength && Math.abs(dy * cos - dx * sin) < halfWidth;
  return moved(inside, between(0, SIDE), between(0, SIDE), halfLength + halfWidth);
}

/** A shape turned, mirrored or not, a little longer than wide or the reverse, and scaled to `radius` pixels. */
function placed(shape: Inside, radius: number, between: Between): Inside {
  const [cos, sin] = direction(between);
  const mirror = between(0, 1) < 0.5 ? -1 : 1;
  const aspect = between(0.84, 1);
  const [width, height] = between(0, 1) < 0.5 ? [radius * aspect, radius] : [radius, radius * aspect];
  return (dx, dy) => shape((mirror * (dx * cos + dy * sin)) / width, (dy * cos - dx * sin) / height);
}

const moved = (inside: Inside, x: number, y: number, reach: number): Region => ({
  x,
  y,
  reach,
  inside: (px, py) => inside(px - x, py - y),
});

/** Brighter on one side than on the other, and brighter or darker as a whole. */
function light(canvas: Canvas, between: Between): void {
  const [slopeX, slopeY] = direction(between);
  const slope = between(0, 0.014);
  const gain = between(0.7, 1.1);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const factor = gain + ((column - SIDE / 2) * slopeX + (row - SIDE / 2) * slopeY) * slope;
      for (let c = 0; c < 3; c++) canvas.pixels[(row * SIDE + column) * 3 + c] *= factor;
    }
  }
}

/** Adds the sum of two uniform draws, zero mean, at most `2 * strength` levels either way. */
function addNoise(canvas: Canvas, strength: number, words: () => number): void {
  for (let i = 0; i < canvas.pixels.length; i++) {
    const word = words();
    canvas.pixels[i] += strength * (((word & 0xffff) + (word >>> 16)) / 0xffff - 1) * 2;
  }
}
