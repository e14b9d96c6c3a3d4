import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { type Augmentation, augment, checkAugmentation } from '../../lib/src/augment/augment';
import { draw } from '../../lib/src/augment/chance';
import { compile } from '../../lib/src/compile/compile';
import { compiledFed } from '../../lib/src/compile/fed-function';
import { GraphSession } from '../../lib/src/compile/graph-session';
import { RecordedFunction } from '../../lib/src/compile/recorded-function';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import {
  chanceOf,
  cropped,
  croppedMirror,
  flipped,
  imagesOf,
  randomBytes,
  type Shape,
  valuesOf,
} from './plain';

type ChanceOptions = Parameters<typeof chanceOf>[1];

const EVERYTHING: Augmentation = {
  crop: { pad: 3, fill: 'reflect' },
  flip: 'alternating',
  colour: { brightness: 0.4, contrast: 0.4, saturation: 0.4 },
  cutout: 4,
};

/** What becomes of the bytes, which are disposed, as numbers. */
function augmented(
  bytes: Tensor,
  augmentation: Augmentation,
  options?: ChanceOptions,
  shape: readonly number[] = bytes.shape,
): number[] {
  return tf.tidy(() => {
    const result = augment(bytes, augmentation, chanceOf(bytes.shape[0], options));
    assert.deepEqual([result.dtype, result.shape], ['float32', shape]);
    return [...result.dataSync()];
  });
}

/** Eagerly drawn numbers of one kind. */
function drawn(kind: string, shape: number[], options?: ChanceOptions): number[] {
  return tf.tidy(() => [...draw(kind, shape, chanceOf(1, options)).dataSync()]);
}

test('without options bytes become numbers from 0 to 1', async () => {
  await withoutLeaks(() => {
    const bytes = tf.tensor4d([0, 51, 128, 255], [1, 2, 2, 1], 'int32');
    const values = augmented(bytes, {});
    assert.deepEqual([values[0], values[3]], [0, 1]);
    assert.ok(values.every((value, i) => Math.abs(value - [0, 51, 128, 255][i] / 255) < 1e-7));
    bytes.dispose();
  });
});

for (const fill of ['zeros', 'reflect'] as const) {
  test(`crops with ${fill} and random flips are those of plain JavaScript, to the bit`, async () => {
    await withoutLeaks(() => {
      const shape: Shape = [40, 5, 7, 3];
      const [batch] = shape;
      const pad = 3;
      const bytes = randomBytes(shape);
      const originals = imagesOf(shape, augmented(bytes, {}));
      const offsets = drawn('crop', [2, batch]).map((share) => Math.floor(share * (2 * pad + 1)));
      const flips = drawn('flip', [batch]).map((share) => share < 0.5);
      const expected = originals.map((image, i) => {
        const at = [offsets[i], offsets[batch + i], pad] as const;
        const crop = fill === 'zeros' ? cropped(image, ...at) : croppedMirror(image, ...at, shape);
        return flips[i] ? flipped(crop, shape) : crop;
      });
      assert.deepEqual(augmented(bytes, { crop: { pad, fill }, flip: 'random' }), valuesOf(expected, shape));
      bytes.dispose();
    });
  });
}

test('a smaller crop may lie anywhere in the image and its border, and flips within itself, as in plain JavaScript', async () => {
  await withoutLeaks(() => {
    const shape: Shape = [40, 6, 9, 3];
    const [batch] = shape;
    const bytes = randomBytes(shape);
    const originals = imagesOf(shape, augmented(bytes, {}));
    for (const pad of [0, 2]) {
      const [size, small] = [5, [batch, 5, 5, 3]];
      const places = drawn('crop', [2, batch]);
      const starts = (from: number, length: number) =>
        places
          .slice(from, from + batch)
          .map((place) => Math.floor(place * (2 * pad + length - size + 1)) - pad);
      const [left, top] = [starts(0, shape[2]), starts(batch, shape[1])];
      const flips = drawn('flip', [batch]).map((share) => share < 0.5);
      const expected = originals.map((image, i) => {
        const crop = cropped(image, left[i], top[i], 0);
        return flips[i] ? flipped(crop, small) : crop;
      });
      const actual = augmented(bytes, { crop: { pad, size }, flip: 'random' }, {}, small);
      assert.deepEqual(actual, valuesOf(expected, small));
      assert.deepEqual([Math.min(...left), Math.max(...left)], [0 - pad, shape[2] - size + pad]);
    }
    bytes.dispose();
  });
});

for (const side of [3, 4]) {
  test(`a square of ${side} pixels around a pixel takes the mean colour, as in plain JavaScript, to the bit`, async () => {
    await withoutLeaks(() => {
      const shape: Shape = [40, 6, 9, 3];
      const [batch, height, width] = shape;
      const bytes = randomBytes(shape);
      const originals = imagesOf(shape, augmented(bytes, {}));
      const mean = tf.tidy(() =>
        bytes
          .toFloat()
          .mul(1 / 255)
          .mean([0, 1, 2])
          .dataSync(),
      );
      const centres = drawn('cutout', [2, batch]);
      const expected = originals.map((image, i) => {
        const left = Math.floor(centres[i] * width) - Math.floor(side / 2);
        const top = Math.floor(centres[batch + i] * height) - Math.floor(side / 2);
        return (x: number, y: number, c: number) => {
          const covered = x >= left && x < left + side && y >= top && y < top + side;
          return covered ? mean[c] : image(x, y, c);
        };
      });
      assert.deepEqual(augmented(bytes, { cutout: side }), valuesOf(expected, shape));
      bytes.dispose();
    });
  });
}

test('compiled, on tensors and on bytes, it gives the same bits as eagerly, at every step', async () => {
  await withoutLeaks(async () => {
    const shape: Shape = [16, 8, 8, 3];
    const run = (images: Tensor, seed: Tensor, step: Tensor, epoch: Tensor, indices: Tensor) =>
      augment(images, EVERYTHING, { seed, step, epoch, indices });
    const compiled = compile(run);
    const session = new GraphSession();
    const fed = compiledFed(
      new RecordedFunction(
        (...args: Tensor[]) => [run(...(args as Parameters<typeof run>))],
        session,
        'augment',
      ),
    );
    const bytes = randomBytes(shape);
    for (const step of [1, 2, 3]) {
      const expected = augmented(bytes, EVERYTHING, { step, epoch: step });
      const { seed, step: at, epoch, indices } = chanceOf(shape[0], { step, epoch: step });
      const args = [bytes, seed, at, epoch, indices] as const;
      const result = await compiled(...args);
      assert.deepEqual([...result.dataSync()], expected);
      const feeds = args.map((arg, i) => fed.feed({ dtype: i === 0 ? 'uint8' : 'int32', shape: arg.shape }));
      for (const [i, feed] of feeds.entries()) feed.values.set(args[i].dataSync() as never);
      const [values] = await fed.call(feeds);
      assert.deepEqual(Array.from(values, Number), expected);
      for (const feed of feeds) feed.dispose();
      tf.dispose([result, seed, at, epoch, indices]);
    }
    bytes.dispose();
    compiled.dispose();
    session.dispose();
  });
});

test('the same seed and step give the same images, others give others', () => {
  const bytes = randomBytes([16, 8, 8, 3]);
  for (const augmentation of [
    { crop: { pad: 2 } },
    { flip: 'random' as const },
    { cutout: 3 },
    { colour: { brightness: 0.5 } },
    { colour: { contrast: 0.5 } },
    { colour: { saturation: 0.5 } },
  ]) {
    const first = augmented(bytes, augmentation);
    assert.deepEqual(augmented(bytes, augmentation), first);
    assert.notDeepEqual(augmented(bytes, augmentation, { step: 2 }), first);
    assert.notDeepEqual(augmented(bytes, augmentation, { seed: 2 }), first);
    assert.deepEqual(augmented(bytes, augmentation, { epoch: 2, first: 7 }), first);
  }
  bytes.dispose();
});

test('each kind of draw has numbers of its own: switching one on leaves the others as they were', () => {
  const kinds = ['crop', 'flip', 'cutout', 'brightness', 'contrast', 'saturation'];
  assert.equal(new Set(kinds.map((kind) => String(drawn(kind, [4])))).size, kinds.length);
  const bytes = randomBytes([20, 8, 8, 1]);
  const plain = augmented(bytes, { crop: { pad: 2 }, flip: 'random' });
  const cut = augmented(bytes, { crop: { pad: 2 }, flip: 'random', cutout: 3 });
  const changed = plain.filter((value, i) => value !== cut[i]).length;
  assert.ok(changed > 0 && changed <= 20 * 3 * 3, `${changed}`); // the squares and nothing else
  bytes.dispose();
});

/** Images of 3x3 pixels with one that is white, in the middle: where it comes out, 0 to 8, tells the shift. */
function placesOfMiddle(batch: number, options?: ChanceOptions): number[] {
  const bytes = tf.tile(tf.tensor4d([0, 0, 0, 0, 255, 0, 0, 0, 0], [1, 3, 3, 1], 'int32'), [batch, 1, 1, 1]);
  const values = augmented(bytes, { crop: { pad: 1 } }, options);
  bytes.dispose();
  return Array.from({ length: batch }, (_, i) => values.slice(9 * i, 9 * i + 9).indexOf(1));
}

test('all crops are equally likely', () => {
  const places = placesOfMiddle(9000);
  for (let place = 0; place < 9; place++) {
    const count = places.filter((at) => at === place).length;
    assert.ok(Math.abs(count - 1000) < 150, `place ${place}: ${count} of 9000`); // five standard deviations
  }
});

/** Which of so many images are flipped. */
function flips(batch: number, flip: 'random' | 'alternating', options?: ChanceOptions): boolean[] {
  const bytes = tf.tile(tf.tensor4d([0, 255], [1, 1, 2, 1], 'int32'), [batch, 1, 1, 1]);
  const values = augmented(bytes, { flip }, options);
  bytes.dispose();
  return Array.from({ length: batch }, (_, i) => values[2 * i] === 1);
}

const countOf = (flags: readonly boolean[]) => flags.filter(Boolean).length;

test('random flips come half of the time', () => {
  const count = countOf(flips(10_000, 'random'));
  assert.ok(Math.abs(count - 5000) < 250, `${count} of 10,000`); // five standard deviations, as below
});

test('alternating flips come to each image in every other epoch, whatever the step and the batch', () => {
  const first = flips(10_000, 'alternating');
  for (const epoch of [2, 3, 4, 5]) {
    const expected = first.map((flip) => flip === (epoch % 2 === 1));
    assert.deepEqual(flips(10_000, 'alternating', { epoch, step: 100 * epoch }), expected);
  }
  assert.deepEqual(flips(500, 'alternating', { first: 300 }), first.slice(300, 800));
});

test('in which epochs an image is flipped is random: half of them at first, without regard to neighbours or other seeds', () => {
  const seeds = [1, 2, 3, 1000].map((seed) => flips(10_000, 'alternating', { seed }));
  const shifted = [1, 2, 3, 4, 10, 16, 128].map((lag) => [...seeds[0].slice(lag), ...seeds[0].slice(0, lag)]);
  for (const one of seeds) assert.ok(Math.abs(countOf(one) - 5000) < 250, `${countOf(one)} of 10,000`);
  const pairs = [
    ...seeds.flatMap((a, i) => seeds.slice(i + 1).map((b) => [a, b])),
    ...shifted.map((b) => [seeds[0], b]),
  ];
  for (const [a, b] of pairs) {
    const alike = countOf(a.map((flip, i) => flip === b[i]));
    assert.ok(Math.abs(alike - 5000) < 250, `${alike} of 10,000 alike`);
  }
});

test('invalid options are refused in words', () => {
  const refused = (augmentation: unknown, name: string, message: string) =>
    assert.throws(() => checkAugmentation(augmentation as Augmentation), { name, message });
  refused(
    undefined,
    'TypeError',
    'invalid options; augmentation takes { crop, flip, colour, cutout }: undefined',
  );
  refused(
    { flips: true },
    'TypeError',
    'unknown option; augmentation takes { crop, flip, colour, cutout }: flips',
  );
  refused({ crop: 4 }, 'TypeError', 'invalid options; crop takes { pad, fill, size }: 4');
  refused({ crop: { pad: -1 } }, 'RangeError', 'invalid crop.pad; not an integer of at least 0: -1');
  refused({ crop: { pad: 0 } }, 'TypeError', 'invalid crop; it needs a pad or a size: neither');
  refused(
    { crop: { pad: 4, fill: 'black' } },
    'TypeError',
    `invalid crop.fill; not 'zeros' or 'reflect': "black"`,
  );
  refused({ flip: true }, 'TypeError', "invalid flip; not 'random' or 'alternating': true");
  refused({ cutout: 2.5 }, 'RangeError', 'invalid cutout; not a positive integer: 2.5');
  refused(
    { colour: { hue: 1 } },
    'TypeError',
    'unknown option; colour takes { brightness, contrast, saturation }: hue',
  );
  refused(
    { colour: { contrast: -0.1 } },
    'RangeError',
    'invalid colour.contrast; not a finite number of at least 0: -0.1',
  );
  checkAugmentation(EVERYTHING);
  checkAugmentation({});
});

test('images that are not bytes, and indices that are not theirs, are refused', async () => {
  await withoutLeaks(() => {
    const [bytes, chance, few] = [randomBytes([2, 3, 3, 1]), chanceOf(2), chanceOf(1)];
    const floats = bytes.toFloat();
    assert.throws(() => augment(floats, {}, chance), {
      name: 'TypeError',
      message: 'invalid images; not bytes as int32 [batch, height, width, channels]: float32 [2, 3, 3, 1]',
    });
    assert.throws(() => augment(bytes, {}, few), {
      name: 'TypeError',
      message: 'invalid indices; not int32 [2], one for each image: int32 [1]',
    });
    tf.dispose([bytes, floats, { ...chance }, { ...few }]);
  });
});
