import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, SymbolicTensor, Variable } from '@tensorflow/tfjs-node-gpu';
import type { Split } from '../../lib/src/data/split';
import { evaluate } from '../../lib/src/evaluate/evaluate';
import { predict } from '../../lib/src/evaluate/predict';
import { type LossSurfaceOptions, lossSurface, type SurfacePoint } from '../../lib/src/explain/loss-surface';
import { randomDirection } from '../../lib/src/explain/random-direction';
import { countUpTo } from '../../lib/src/explain/time-left';
import { tf } from '../../lib/src/tensorflow/load';
import { train } from '../../lib/src/train/train';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit, weightsOf } from '../train/tiny-problem';

async function all(model: LayersModel, split: Split, options: LossSurfaceOptions) {
  const points: SurfacePoint[] = [];
  for await (const point of lossSurface(model, split, options)) points.push(point);
  return points;
}

/** One pixel in, a 1x1 convolution with weight 3 and bias 0.5, two logits with weights (1, -1): each filter is one number. */
function threeFilters(): LayersModel {
  const images = tf.input({ shape: [1, 1, 1], name: 'images' });
  const conv = tf.layers.conv2d({ filters: 1, kernelSize: 1, name: 'conv' });
  const flat = tf.layers.flatten({ name: 'flat' });
  const head = tf.layers.dense({ units: 2, useBias: false, activation: 'softmax', name: 'head' });
  const output = [conv, flat, head].reduce((x, layer) => layer.apply(x) as SymbolicTensor, images);
  const model = tf.model({ inputs: images, outputs: output, name: 'three_filters' });
  const weights = [tf.tensor4d([3], [1, 1, 1, 1]), tf.tensor1d([0.5]), tf.tensor2d([1, -1], [1, 2])];
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

const PIXELS: Split = {
  name: 'pixels',
  images: Uint8Array.of(51, 102, 204),
  labels: Uint8Array.of(0, 1, 0),
  classNames: ['first', 'second'],
  imageShape: [1, 1, 1],
};

const variablesOf = (model: LayersModel) => model.trainableWeights.map((weight) => weight.read() as Variable);

for (const compile of [{}, false] as const) {
  test(`a surface computed by hand, ${compile ? 'compiled' : 'eager'}`, async () => {
    const model = threeFilters();
    // A filter of one number moves by its own size, up or down: only the signs are drawn.
    const [delta, eta] = [0, 1].map((stream) => {
      const [kernel, bias, head] = randomDirection(variablesOf(model), 7, stream);
      assert.deepEqual([Math.abs(kernel[0]), bias[0], ...head.map(Math.abs)], [3, 0, 1, 1]);
      return [kernel[0], ...head];
    });
    const lossAt = (x: number, y: number) => {
      const [w, a, b] = [3, 1, -1].map((value, i) => value + x * delta[i] + y * eta[i]);
      const losses = [0.2, 0.4, 0.8].map((pixel, i) => {
        const hidden = w * pixel + 0.5;
        const margin = hidden * (a - b) * (PIXELS.labels[i] === 0 ? 1 : -1);
        return Math.log(1 + Math.exp(-margin));
      });
      return losses.reduce((sum, loss) => sum + loss) / 3;
    };
    const points = await all(model, PIXELS, { size: 3, range: 0.5, seed: 7, batchSize: 2, compile });
    assert.deepEqual(
      points.map(({ x, y }) => [x, y]),
      [-0.5, 0, 0.5].flatMap((y) => [-0.5, 0, 0.5].map((x) => [x, y])),
    );
    for (const { x, y, loss } of points)
      assert.ok(Math.abs(loss - lossAt(x, y)) < 1e-5, `${x}, ${y}: ${loss}`);
    const { accuracy } = points[4]; // all logits speak for the first class
    assert.ok(Math.abs(accuracy - 2 / 3) < 1e-9);
  });
}

test('a line is the row of the surface through its middle', async () => {
  const options = { size: 5, seed: 3, compile: false } as const;
  const line = await all(threeFilters(), PIXELS, { ...options, directions: 1 });
  const surface = await all(threeFilters(), PIXELS, options);
  const along = (points: SurfacePoint[]) => points.map(({ x, y, loss }) => [x, y, loss]);
  assert.deepEqual(along(line), along(surface.slice(10, 15)));
  assert.deepEqual(
    line.map(({ done, total }) => [done, total]),
    [1, 2, 3, 4, 5].map((done) => [done, 5]),
  );
  assert.equal(line[4].secondsLeft, 0);
});

test("a trained net lies in a hollow, whose middle has the net's own loss", async () => {
  const model = tinyModel();
  const split = tinySplit(60);
  for await (const _ of train(model, split, { epochs: 8, batchSize: 10 }));
  const before = weightsOf(model);
  const points = await all(model, split, { size: 5, compile: false });
  assert.deepEqual(weightsOf(model), before);
  const { loss, accuracy } = evaluate(await predict(model, split));
  const middle = points[12];
  assert.ok(Math.abs(middle.loss - loss) < 1e-4);
  assert.equal(middle.accuracy, accuracy);
  assert.equal(Math.min(...points.map((point) => point.loss)), middle.loss);
});

test("every filter of a direction is as large as the net's own, and its seed decides it", () => {
  const model = tinyModel({ compiled: false });
  const weights = variablesOf(model);
  const direction = randomDirection(weights, 1);
  weights.forEach((weight, i) => {
    const own = weight.dataSync();
    const filters = weight.shape.at(-1)!;
    for (let filter = 0; filter < filters; filter++) {
      const normOf = (values: ArrayLike<number>) =>
        Math.hypot(...Array.from(values).filter((_, j) => j % filters === filter));
      const expected = weight.shape.length < 2 ? 0 : normOf(own);
      assert.ok(Math.abs(normOf(direction[i]) - expected) < 1e-5, `${weight.name}, ${filter}`);
    }
  });
  assert.deepEqual(randomDirection(weights, 1), direction);
  assert.notDeepEqual(randomDirection(weights, 2), direction);
  assert.notDeepEqual(randomDirection(weights, 1, 1), direction);
});

test('the numbers of a direction are those of a normal distribution', () => {
  const weight = tf.variable(tf.ones([20_000, 1]));
  const [values] = randomDirection([weight], 1); // scaled to the norm of as many ones: a root mean square of 1
  const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  assert.ok(Math.abs(moment(1)) < 0.03);
  assert.ok(Math.abs(moment(4) - 3) < 0.2); // 1.8 for even numbers
  weight.dispose();
});

test('at every point, and when the loop is left or aborted, the model has its own weights', async () => {
  const model = tinyModel({ compiled: false });
  const before = weightsOf(model);
  const split = tinySplit(9);
  await withoutLeaks(async () => {
    for await (const { done } of lossSurface(model, split, { size: 3 })) {
      assert.deepEqual(weightsOf(model), before);
      if (done === 2) break;
    }
    const controller = new AbortController();
    const options = { size: 3, batchSize: 1, signal: controller.signal, compile: false } as const;
    const stopped = (async () => {
      for await (const { done } of lossSurface(model, split, options)) {
        if (done === 1) setImmediate(() => controller.abort());
      }
    })();
    await assert.rejects(stopped, { name: 'AbortError' });
  });
  assert.deepEqual(weightsOf(model), before);
});

test('surfaces that cannot be are refused', async () => {
  for (const [options, message] of [
    [{ size: 4 }, 'invalid size; not odd, so that the net itself is left out: 4'],
    [{ size: 1 }, 'invalid size; not an integer of at least 3: 1'],
    [{ range: 0 }, 'invalid range; not a finite number greater than 0: 0'],
    [{ directions: 3 }, 'invalid directions; not 1 or 2: 3'],
    [{ images: 0 }, 'invalid images; not a positive integer: 0'],
  ] as const) {
    await assert.rejects(all(threeFilters(), PIXELS, options as LossSurfaceOptions), { message });
  }
});

test('the time left is as long as what is done took, for each that is left', () => {
  let now = 1000;
  const count = countUpTo(4, () => now);
  now = 3000;
  assert.deepEqual(count(), { done: 1, total: 4, secondsLeft: 6 });
  now = 4000;
  assert.deepEqual(count(), { done: 2, total: 4, secondsLeft: 3 });
});
