import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, layers, Tensor } from '@tensorflow/tfjs-node-gpu';
import { type DropoutLayer, seededDropoutCall } from '../../lib/src/model/dropout';
import { applied, denseSoftmax } from '../../lib/src/model/keras-defaults';
import { tf } from '../../lib/src/tensorflow/load';
import { train } from '../../lib/src/train/train';
import { withoutLeaks } from '../no-leaks';
import { tinySplit, weightsOf } from '../train/tiny-problem';

type Config = Parameters<typeof tf.layers.dropout>[0];

const dropoutLayer = (config: Config) => tf.layers.dropout(config) as layers.Layer as DropoutLayer;

/** What the layer makes of ones, as numbers. */
function dropped(config: Config, { seed = 1, step = 1, training = true, shape = [200, 50] } = {}): number[] {
  return tf.tidy(() => {
    const layer = dropoutLayer(config);
    const chance = { seed: tf.scalar(seed, 'int32'), step: tf.scalar(step, 'int32') };
    const call = seededDropoutCall(layer, layer.call.bind(layer), chance);
    const y = call(tf.ones(shape), { training }) as Tensor;
    assert.deepEqual(y.shape, shape);
    return [...y.dataSync()];
  });
}

test('a share of the inputs, the rate, becomes 0, and the others are larger by 1 / (1 - rate)', async () => {
  await withoutLeaks(() => {
    for (const rate of [0.1, 0.5, 0.75]) {
      const values = dropped({ rate, name: 'drop' });
      const zeros = values.filter((value) => value === 0).length;
      const share = zeros / values.length;
      assert.ok(Math.abs(share - rate) < 0.02, `${share} of rate ${rate}`); // four standard deviations of 10,000 draws
      const kept = Math.fround(1 / (1 - rate));
      assert.ok(values.every((value) => value === 0 || Math.abs(value - kept) < 1e-6 * kept));
    }
  });
});

test('the mask depends on the seed of the training, the step, and the layer', () => {
  const first = dropped({ rate: 0.5, name: 'drop' });
  assert.deepEqual(dropped({ rate: 0.5, name: 'drop' }), first);
  assert.notDeepEqual(dropped({ rate: 0.5, name: 'drop' }, { seed: 2 }), first);
  assert.notDeepEqual(dropped({ rate: 0.5, name: 'drop' }, { step: 2 }), first);
  assert.notDeepEqual(dropped({ rate: 0.5, name: 'other' }), first);
});

test("a layer's own seed stands in for its name", () => {
  const first = dropped({ rate: 0.5, name: 'drop', seed: 9 });
  assert.deepEqual(dropped({ rate: 0.5, name: 'other', seed: 9 }), first);
  assert.notDeepEqual(dropped({ rate: 0.5, name: 'drop', seed: 10 }), first);
});

test('a noise shape drops whole rows or columns', () => {
  const values = dropped({ rate: 0.5, name: 'drop', noiseShape: [20, 1] }, { shape: [20, 3] });
  const rows = Array.from({ length: 20 }, (_, row) => values.slice(3 * row, 3 * row + 3));
  assert.ok(rows.every((row) => new Set(row).size === 1));
  assert.equal(new Set(rows.flat()).size, 2);
});

test('outside of training, and at the rates 0 and 1, the layer is called as TensorFlow.js has it', () => {
  const calls: unknown[] = [];
  const x = tf.ones([2]);
  const zero = tf.scalar(0, 'int32');
  const call = ((_: unknown, kwargs: unknown) => calls.push(kwargs)) as unknown as layers.Layer['call'];
  const through = (rate: number, kwargs: object) => {
    const layer = dropoutLayer({ rate });
    seededDropoutCall(layer, call, { seed: zero, step: zero })(x, kwargs);
  };
  through(0.5, { training: false });
  through(0.5, {});
  through(0, { training: true });
  through(1, { training: true });
  assert.deepEqual(calls, [{ training: false }, {}, { training: true }, { training: true }]);
  tf.dispose([x, zero]);
});

test('the gradient passes where the input did', () => {
  tf.tidy(() => {
    const layer = dropoutLayer({ rate: 0.5, name: 'drop' });
    const chance = { seed: tf.scalar(1, 'int32'), step: tf.scalar(1, 'int32') };
    const call = seededDropoutCall(layer, layer.call.bind(layer), chance);
    const forward = (x: Tensor) => call(x, { training: true }) as Tensor;
    const ones = tf.ones([40]);
    assert.deepEqual(tf.grad(forward)(ones).dataSync(), forward(ones).dataSync());
  });
});

function model(): LayersModel {
  const images = tf.input({ shape: [4, 4, 3] });
  let x = applied(tf.layers.flatten())(images);
  x = applied(tf.layers.dropout({ rate: 0.5, name: 'drop' }))(x);
  const model = tf.model({ inputs: images, outputs: denseSoftmax(3, { name: 'head', seed: 1 })(x) });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

async function lossesOf(options: Parameters<typeof train>[2]) {
  const trained = model();
  const losses: number[] = [];
  for await (const record of train(trained, tinySplit(32), { batchSize: 8, epochs: 2, ...options })) {
    if (record.kind === 'step') losses.push(record.loss);
  }
  const weights = weightsOf(trained);
  trained.dispose();
  return { losses, weights };
}

test('training drops the same inputs compiled as eagerly, others at each step, and others with another seed', async () => {
  const compiled = await lossesOf({ seed: 3 });
  const eager = await lossesOf({ seed: 3, compile: false });
  for (const [i, loss] of compiled.losses.entries()) {
    assert.ok(
      Math.abs(loss / eager.losses[i] - 1) < 1e-5,
      `step ${i + 1}: ${loss}, eagerly ${eager.losses[i]}`,
    );
  }
  assert.deepEqual(await lossesOf({ seed: 3 }), compiled);
  assert.notDeepEqual((await lossesOf({ seed: 4 })).losses, compiled.losses);
});

test('steps in one call draw what they would have drawn in calls of their own, compiled and eagerly', async () => {
  const { losses } = await lossesOf({ seed: 3 });
  for (const options of [{ stepsPerCall: 2 }, { stepsPerCall: 2, compile: false as const }]) {
    const several = (await lossesOf({ seed: 3, ...options })).losses;
    assert.equal(several.length, losses.length);
    const alike = several.every((loss, i) => Math.abs(loss / losses[i] - 1) < 1e-5);
    assert.ok(alike, `${JSON.stringify(options)}: ${several} instead of ${losses}`);
  }
});
