import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { draw } from '../../lib/src/augment/chance';
import { type ColourRanges, jitterColour } from '../../lib/src/augment/colour';
import { seededRandom } from '../../lib/src/data/random';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { chanceOf } from './plain';

const SHAPE: [number, number, number, number] = [30, 4, 5, 3];
const PIXELS = 4 * 5;

type Pixel = readonly number[];

/** Every image of a batch at random, as pixels. */
function randomImages(channels = 3): Pixel[][] {
  const random = seededRandom(3);
  return Array.from({ length: SHAPE[0] }, () =>
    Array.from({ length: PIXELS }, () => Array.from({ length: channels }, () => Math.fround(random()))),
  );
}

function jittered(images: Pixel[][], ranges: ColourRanges): Pixel[][] {
  return tf.tidy(() => {
    const channels = images[0][0].length;
    const tensor: Tensor4D = tf.tensor4d(images.flat(2), [images.length, SHAPE[1], SHAPE[2], channels]);
    const result = jitterColour(tensor, ranges, chanceOf(images.length));
    return result.reshape([images.length, PIXELS, channels]).arraySync() as number[][][];
  });
}

/** The factor of every image: from `max(0, 1 - range)` to `1 + range`. */
function factors(kind: string, range: number): number[] {
  const shares = tf.tidy(() => [...draw(kind, [SHAPE[0], 1, 1, 1], chanceOf(1)).dataSync()]);
  const low = Math.max(0, 1 - range);
  return shares.map((share) => low + share * (1 + range - low));
}

function assertClose(actual: Pixel[][], expected: Pixel[][]): void {
  const [a, b] = [actual.flat(2), expected.flat(2)];
  assert.equal(a.length, b.length);
  const off = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
  assert.ok(off < 1e-6, `off by ${off}`);
}

const kept = (value: number) => Math.min(1, Math.max(0, value));
const greyOf = ([r, g, b]: Pixel) => 0.2989 * r + 0.587 * g + 0.114 * b;
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value) / values.length;

// torchvision's functional.adjust_brightness, adjust_contrast and adjust_saturation
const brighter = (image: Pixel[], factor: number) => image.map((pixel) => pixel.map((v) => kept(v * factor)));
const contrasted = (image: Pixel[], factor: number) => {
  const mean = meanOf(image.map(greyOf));
  return image.map((pixel) => pixel.map((v) => kept(factor * v + (1 - factor) * mean)));
};
const saturated = (image: Pixel[], factor: number) =>
  image.map((pixel) => pixel.map((v) => kept(factor * v + (1 - factor) * greyOf(pixel))));

test("brightness, contrast and saturation follow torchvision's formulas", async () => {
  await withoutLeaks(() => {
    const images = randomImages();
    for (const range of [0.3, 1.5]) {
      const by = (adjust: (image: Pixel[], factor: number) => Pixel[], kind: string) => {
        const each = factors(kind, range);
        return images.map((image, i) => adjust(image, each[i]));
      };
      assertClose(jittered(images, { brightness: range }), by(brighter, 'brightness'));
      assertClose(jittered(images, { contrast: range }), by(contrasted, 'contrast'));
      assertClose(jittered(images, { saturation: range }), by(saturated, 'saturation'));
    }
  });
});

test('together they come in that order', () => {
  const images = randomImages();
  const [b, c, s] = [factors('brightness', 0.4), factors('contrast', 0.5), factors('saturation', 0.6)];
  const expected = images.map((image, i) => saturated(contrasted(brighter(image, b[i]), c[i]), s[i]));
  assertClose(jittered(images, { brightness: 0.4, contrast: 0.5, saturation: 0.6 }), expected);
});

test('factors fill their range and are never negative', () => {
  const white = Array.from({ length: SHAPE[0] }, () => [...Array(PIXELS)].map(() => [0.25, 0.25, 0.25]));
  const seen = jittered(white, { brightness: 2 }).map(([[red]]) => red / 0.25);
  assert.ok(Math.min(...seen) >= 0 && Math.min(...seen) < 0.4, `${Math.min(...seen)}`);
  assert.ok(Math.max(...seen) <= 3 && Math.max(...seen) > 2.6, `${Math.max(...seen)}`);
});

test('images of one channel are grey already: contrast changes them, saturation does not', () => {
  const images = randomImages(1);
  assertClose(jittered(images, { saturation: 0.9 }), images);
  const each = factors('contrast', 0.5);
  const expected = images.map((image, i) => {
    const mean = meanOf(image.flat());
    return image.map(([value]) => [kept(each[i] * value + (1 - each[i]) * mean)]);
  });
  assertClose(jittered(images, { contrast: 0.5 }), expected);
});

test('without ranges images stay as they are, and other numbers of channels have no grey', async () => {
  await withoutLeaks(() => {
    const images = randomImages(2);
    assert.deepEqual(jittered(images, {}), images);
    assert.deepEqual(jittered(images, { contrast: 0, saturation: 0 }), images);
    assert.throws(() => jittered(images, { contrast: 0.1 }), {
      name: 'TypeError',
      message: 'invalid images; contrast and saturation need 1 or 3 channels: 2',
    });
  });
});
