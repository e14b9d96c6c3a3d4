import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scalar } from '@tensorflow/tfjs-node-gpu';
import { adam, batchNormalization, conv2d, denseSoftmax } from '../../lib/src/model/keras-defaults';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

test('kernels start uniform within Glorot’s limit and biases at zero', async () => {
  await withoutLeaks(() => {
    const images = tf.input({ shape: [8, 8, 16] });
    const model = tf.model({ inputs: images, outputs: conv2d(48, 3, { name: 'conv', seed: 1 })(images) });
    const [kernel, bias] = model.getWeights();
    const limit = Math.sqrt(6 / (3 * 3 * 16 + 3 * 3 * 48));
    const values = [...kernel.dataSync()];
    const largest = Math.max(...values.map(Math.abs));
    assert.ok(largest <= limit && largest > 0.99 * limit, `${largest} of ${limit}`);
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    assert.ok(Math.abs(variance / (limit ** 2 / 3) - 1) < 0.05, `variance ${variance}`); // a normal one has no such limit
    assert.deepEqual([...bias.dataSync()], new Array(48).fill(0));
    model.dispose();
  });
});

test('two layers of one shape draw different kernels from one seed', async () => {
  await withoutLeaks(() => {
    const features = tf.input({ shape: [4] });
    const outputs = ['left', 'right'].map((name) => denseSoftmax(4, { name, seed: 7 })(features));
    const model = tf.model({ inputs: features, outputs });
    const [left, right] = ['left', 'right'].map((name) => model.getLayer(name).getWeights()[0].dataSync());
    assert.notDeepEqual(left, right);
    model.dispose();
  });
});

test('batch norm has Keras’s momentum and epsilon', async () => {
  await withoutLeaks(() => {
    const images = tf.input({ shape: [2, 2, 3] });
    const model = tf.model({ inputs: images, outputs: batchNormalization({ name: 'bn' })(images) });
    const { momentum, epsilon, center, scale } = model.getLayer('bn').getConfig();
    assert.deepEqual(
      { momentum, epsilon, center, scale },
      { momentum: 0.99, epsilon: 1e-3, center: true, scale: true },
    );
    model.dispose();
  });
});

test('adam adds epsilon before the bias correction: a gradient of 1e-6 moves a weight as in Keras’s formula', async () => {
  await withoutLeaks(() => {
    const gradient = 1e-6;
    const weight = tf.tidy(() => tf.variable(tf.scalar(0)));
    const optimizer = adam();
    let [expected, m, v] = [0, 0, 0];
    for (let t = 1; t <= 5; t++) {
      optimizer.minimize(() => weight.mul(gradient) as Scalar);
      m = 0.9 * m + 0.1 * gradient;
      v = 0.999 * v + 0.001 * gradient ** 2;
      const alpha = (0.001 * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
      expected -= (alpha * m) / (Math.sqrt(v) + 1e-7);
      const off = Math.abs(weight.dataSync()[0] / expected - 1);
      assert.ok(off < 1e-4, `step ${t}: ${weight.dataSync()[0]} instead of ${expected}`);
    }
    optimizer.dispose();
    weight.dispose();
  });
});

test('adam is saved as Adam with the settings of Keras', async () => {
  await withoutLeaks(() => {
    const optimizer = adam();
    const settings = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
    assert.equal(optimizer.getClassName(), 'Adam');
    assert.deepEqual(optimizer.getConfig(), settings);
    const weight = tf.tidy(() => tf.variable(tf.scalar(1)));
    optimizer.minimize(() => weight.square() as Scalar);
    assert.deepEqual(optimizer.getConfig(), settings);
    optimizer.dispose();
    weight.dispose();
  });
});

test('a learning rate that is not positive and finite is refused', () => {
  const message = (value: string) => `invalid learningRate; not a finite number greater than 0: ${value}`;
  assert.throws(() => adam(0), new RangeError(message('0')));
  assert.throws(() => adam(-1), new RangeError(message('-1')));
  assert.throws(() => adam(Number.NaN), new RangeError(message('NaN')));
  assert.throws(() => adam('0.1' as never), new TypeError(message('"0.1"')));
});
