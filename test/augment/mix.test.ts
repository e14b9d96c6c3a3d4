import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { checkMix, drawMix, type Mixed, type MixOptions, mix } from '../../lib/src/augment/mix';
import { compile } from '../../lib/src/compile/compile';
import { tf } from '../../lib/src/tensorflow/load';
import { classesInTurn, noiseTensor } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';

const [BATCH, HEIGHT, WIDTH, CHANNELS] = [5, 6, 8, 3];
const IMAGE = HEIGHT * WIDTH * CHANNELS;
const CLASSES = 4;
const MIXUP: MixOptions = { kind: 'mixup', alpha: 0.7 };
const CUTMIX: MixOptions = { kind: 'cutmix', alpha: 1 };

/** Noise and classes in turn, the caller's. */
function batch(): [Tensor4D, Tensor2D] {
  const images = noiseTensor([BATCH, HEIGHT, WIDTH, CHANNELS], 1) as Tensor4D;
  return [images, classesInTurn(BATCH, CLASSES) as Tensor2D];
}

function numbers({ images, labels }: Mixed): { images: number[]; labels: number[] } {
  return { images: [...images.dataSync()], labels: [...labels.dataSync()] };
}

/** The image before this one, the last before the first. */
const partnerOf = (i: number) => (i + BATCH - 1) % BATCH;

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]) < 1e-6, `${i}: ${value} instead of ${expected[i]}`);
  });
}

/** What plain JavaScript makes of the batch: `own` is an image's own share at a place in the batch. */
function expected(values: ArrayLike<number>, row: number, own: (at: number) => number): number[] {
  return Array.from(values, (value, at) => {
    const [image, rest] = [Math.floor(at / row), at % row];
    return own(rest) * value + (1 - own(rest)) * values[partnerOf(image) * row + rest];
  });
}

test('mixup blends every image, and its label, with the one before it', async () => {
  await withoutLeaks(() => {
    const [images, labels] = batch();
    for (const step of [1, 2, 3]) {
      const { share } = drawMix(MIXUP, { seed: 7, step }, HEIGHT, WIDTH);
      const result = mix(images, labels, MIXUP, () => ({ seed: 7, step }));
      assertClose(
        numbers(result).images,
        expected(images.dataSync(), IMAGE, () => share),
      );
      assertClose(
        numbers(result).labels,
        expected(labels.dataSync(), CLASSES, () => share),
      );
      tf.dispose([result.images, result.labels]);
    }
    tf.dispose([images, labels]);
  });
});

test('cutmix pastes a box of the image before, to the bit, and shares the label as the pixels are', async () => {
  await withoutLeaks(() => {
    const [images, labels] = batch();
    const shares = new Set<number>();
    for (let step = 1; step <= 20; step++) {
      const { share, left, right, top, bottom } = drawMix(CUTMIX, { seed: 7, step }, HEIGHT, WIDTH);
      const own = (at: number) => {
        const [x, y] = [Math.floor(at / CHANNELS) % WIDTH, Math.floor(at / CHANNELS / WIDTH)];
        return x >= left && x < right && y >= top && y < bottom ? 0 : 1;
      };
      const result = mix(images, labels, CUTMIX, () => ({ seed: 7, step }));
      assert.deepEqual(numbers(result).images, expected(images.dataSync(), IMAGE, own));
      const pixels = Array.from({ length: IMAGE }, (_, at) => own(at));
      assert.ok(Math.abs(share - pixels.reduce<number>((sum, pixel) => sum + pixel, 0) / IMAGE) < 1e-12);
      assertClose(
        numbers(result).labels,
        expected(labels.dataSync(), CLASSES, () => share),
      );
      shares.add(share);
      tf.dispose([result.images, result.labels]);
    }
    assert.ok(shares.size > 5, `${shares.size} shares in 20 steps`);
    tf.dispose([images, labels]);
  });
});

for (const options of [MIXUP, CUTMIX]) {
  test(`compiled, ${options.kind} draws anew at every call of one graph, and gives the bits that it gives eagerly`, async () => {
    await withoutLeaks(async () => {
      const [images, labels] = batch();
      let step = 0;
      const draw = () => ({ seed: 7, step });
      const compiled = compile((images: Tensor4D, labels: Tensor2D) => mix(images, labels, options, draw));
      const graphs = new Set();
      const seen = new Set<string>();
      for (step = 1; step <= 4; step++) {
        const [eager, result] = [mix(images, labels, options, draw), await compiled(images, labels)];
        assert.deepEqual(numbers(result), numbers(eager));
        graphs.add(compiled.graph);
        seen.add(String(numbers(result).labels));
        tf.dispose([eager.images, eager.labels, result.images, result.labels]);
      }
      assert.deepEqual([graphs.size, seen.size], [1, 4]);
      compiled.dispose();
      tf.dispose([images, labels]);
    });
  });
}

test('boxes lie within the image, have its proportions unless they are cut off, and reach every pixel alike but near the edges', () => {
  const [height, width] = [16, 32];
  const counts = new Array<number>(width).fill(0);
  let whole = 0;
  const steps = 4000;
  for (let step = 0; step < steps; step++) {
    const { left, right, top, bottom } = drawMix(CUTMIX, { seed: 1, step }, height, width);
    assert.ok(left >= 0 && left <= right && right <= width && top >= 0 && top <= bottom && bottom <= height);
    for (let x = left; x < right; x++) counts[x]++;
    if (left === 0 || right === width || top === 0 || bottom === height) continue;
    whole++;
    assert.ok(Math.abs((right - left) / 2 - (bottom - top)) <= 2); // both are rounded down to even numbers
  }
  assert.ok(whole > steps / 10, `${whole}`);
  // E[side] of Beta(1, 1) is 2/3 of the width: a middle column is covered when the centre is within a third of it
  const middle = counts.slice(14, 18).map((count) => count / steps);
  assert.ok(
    middle.every((share) => share > 0.55 && share < 0.68),
    `${middle}`,
  );
  const [first, last] = [counts[0] / steps, counts[width - 1] / steps];
  assert.ok(Math.abs(first - last) < 0.06 && first < middle[0], `${first}, ${last}`);
});

test('seed, step and kind decide what is drawn', () => {
  const shares = (options: MixOptions, seed: number) =>
    [0, 1, 2, 3].map((step) => drawMix(options, { seed, step }, 32, 32).share);
  assert.deepEqual(shares(MIXUP, 1), shares(MIXUP, 1));
  assert.equal(
    new Set([...shares(MIXUP, 1), ...shares(MIXUP, 2), ...shares({ kind: 'mixup', alpha: 2 }, 1)]).size,
    12,
  );
  const mean = Array.from(
    { length: 4000 },
    (_, step) => drawMix({ kind: 'mixup', alpha: 1 }, { seed: 1, step }, 8, 8).share,
  );
  const average = mean.reduce((sum, share) => sum + share) / mean.length;
  assert.ok(Math.abs(average - 0.5) < 0.025, `${average}`); // five standard errors
});

test('a batch of one is mixed with itself', async () => {
  await withoutLeaks(() =>
    tf.tidy(() => {
      const [image, label] = [tf.fill([1, 2, 2, 1], 0.25) as Tensor4D, tf.tensor2d([[0, 1]])];
      const result = mix(image, label, CUTMIX, () => ({ seed: 1, step: 1 }));
      assert.deepEqual(numbers(result), { images: [0.25, 0.25, 0.25, 0.25], labels: [0, 1] });
    }),
  );
});

test('invalid options are refused in words', () => {
  const refused = (options: unknown, name: string, message: string) =>
    assert.throws(() => checkMix(options as MixOptions), { name, message });
  refused('mixup', 'TypeError', 'invalid options; mix takes { kind, alpha }: "mixup"');
  refused({ kind: 'mix', alpha: 1 }, 'TypeError', `invalid mix.kind; not 'mixup' or 'cutmix': "mix"`);
  refused({ kind: 'mixup' }, 'TypeError', 'invalid mix.alpha; not a finite number greater than 0: undefined');
  refused(
    { kind: 'cutmix', alpha: 0 },
    'RangeError',
    'invalid mix.alpha; not a finite number greater than 0: 0',
  );
  checkMix(MIXUP);
});
