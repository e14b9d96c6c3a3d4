import { seededWords, shuffledIndices } from './random';
import { paintScene, SIDE } from './scene';
import { SHAPES } from './shapes';
import type { DataSet, ImageShape, Split } from './split';

/** The names of the ten shapes in the order of their labels. */
export const GENERATED_CLASS_NAMES = SHAPES.map(([name]) => name);

const IMAGE_SHAPE: ImageShape = [SIDE, SIDE, 3];
const IMAGE_BYTES = SIDE * SIDE * 3;

export interface GeneratedImagesOptions {
  /** The first so many of the ten shapes, 2 to 10; default 10. */
  readonly classes?: number;
  /** Every image follows from it; default 1. */
  readonly seed?: number;
  /** Training images; default 10,000. */
  readonly train?: number;
  /** Test images; default 2,000. */
  readonly test?: number;
}

/**
 * Ten classes of drawn shapes in the layout of CIFAR-10, for trying things where CIFAR-10 is not at hand.
 *
 * Position, size, turn, proportions, colours, background, clutter, cover, light and noise are random, and the classes are
 * equally frequent (to within one image). The same options give the same bytes on every machine and Node version: only
 * integer and IEEE 754 arithmetic is involved. What models reach on it stands in data/README.md; none of it says anything
 * about CIFAR-10.
 *
 * @throws RangeError when an option is out of range
 */
export function generatedImages(options: GeneratedImagesOptions = {}): DataSet {
  const { classes = 10, seed = 1, train = 10_000, test = 2_000 } = options;
  if (!Number.isInteger(classes) || classes < 2 || classes > SHAPES.length) {
    throw new RangeError(`invalid classes; not an integer from 2 to ${SHAPES.length}: ${classes}`);
  }
  for (const [name, n] of Object.entries({ train, test })) {
    if (!Number.isInteger(n) || n <= 0) {
      throw new RangeError(`invalid ${name}; not a positive number of images: ${n}`);
    }
  }
  const name = 'generated images (not CIFAR-10)';
  return {
    name,
    source: 'generated',
    train: paintSplit(`${name}: training`, { n: train, classes, seed, firstStream: 0 }),
    test: paintSplit(`${name}: test`, { n: test, classes, seed, firstStream: 2 ** 31 }),
  };
}

/** Stream `firstStream` shuffles the labels, the ones after it paint one image each. */
function paintSplit(
  name: string,
  plan: { n: number; classes: number; seed: number; firstStream: number },
): Split {
  const { n, classes, seed, firstStream } = plan;
  const images = new Uint8Array(n * IMAGE_BYTES);
  const labels = Uint8Array.from(shuffledIndices(n, seed, firstStream), (index) => index % classes);
  for (let i = 0; i < n; i++) {
    const [, shape] = SHAPES[labels[i]];
    paintScene(shape, seededWords(seed, firstStream + 1 + i), images, i * IMAGE_BYTES);
  }
  return {
    name,
    images,
    labels,
    classNames: GENERATED_CLASS_NAMES.slice(0, classes),
    imageShape: IMAGE_SHAPE,
  };
}
