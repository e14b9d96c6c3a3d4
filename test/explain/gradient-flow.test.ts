import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { gradientFlow } from '../../lib/src/explain/gradient-flow';
import { cifarResNet } from '../../lib/src/model/cifar-resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { train } from '../../lib/src/train/train';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit, weightsOf } from '../train/tiny-problem';
import { smallSplit } from './small-nets';

/** One pixel in, a 1x1 convolution with weight 3, two logits with weights (1, -1). */
function twoWeights(): LayersModel {
  const images = tf.input({ shape: [1, 1, 1], name: 'images' });
  const conv = tf.layers.conv2d({ filters: 1, kernelSize: 1, useBias: false, name: 'conv' });
  const flat = tf.layers.flatten({ name: 'flat' });
  const head = tf.layers.dense({ units: 2, useBias: false, activation: 'softmax', name: 'head' });
  const output = [conv, flat, head].reduce((x, layer) => layer.apply(x) as SymbolicTensor, images);
  const model = tf.model({ inputs: images, outputs: output, name: 'two_weights' });
  const kernels = [tf.tensor4d([3], [1, 1, 1, 1]), tf.tensor2d([1, -1], [1, 2])];
  model.setWeights(kernels);
  tf.dispose(kernels);
  return model;
}

const onePixel = (value: number, label: number) => ({
  name: 'one pixel',
  images: Uint8Array.of(value),
  labels: Uint8Array.of(label),
  classNames: ['first', 'second'],
  imageShape: [1, 1, 1] as const,
});

const close = (value: number, expected: number, tolerance = 1e-5) =>
  assert.ok(Math.abs(value - expected) <= tolerance * Math.abs(expected), `${value}, not ${expected}`);

for (const compile of [{}, false] as const) {
  test(`the gradient of two weights is that computed by hand, ${compile ? 'compiled' : 'eager'}`, async () => {
    // x = 0.2, hidden = 3 x = 0.6, logits = (0.6, -0.6), true class the second: slope of the logits = (p, -p)
    const p = 1 / (1 + Math.exp(-1.2));
    const { loss, layers } = await gradientFlow(twoWeights(), onePixel(51, 1), { compile });
    close(loss, -Math.log(1 - p));
    assert.deepEqual(
      layers.map(({ layer, depth }) => [layer, depth]),
      [
        ['conv', 1],
        ['head', 2],
      ],
    );
    close(layers[0].norm, 0.2 * 2 * p); // x times (p * 1 + -p * -1)
    close(layers[1].norm, 0.6 * p * Math.SQRT2);
    close(layers[0].ratio, (0.2 * 2 * p) / 3);
    close(layers[1].weightNorm, Math.SQRT2);
    close(layers[0].arriving, 2 * p); // p * 1 + -p * -1
    close(layers[1].arriving, p * Math.SQRT2);
  });
}

test('a norm whose square is no float32 is told all the same', async () => {
  const model = twoWeights();
  const kernels = [tf.tensor4d([1e-30], [1, 1, 1, 1]), tf.tensor2d([1e-30, -1e-30], [1, 2])];
  model.setWeights(kernels);
  tf.dispose(kernels);
  const { layers } = await gradientFlow(model, onePixel(255, 1));
  close(layers[0].norm, 1e-30); // x = 1, p = 1/2
});

test('a kernel without gradient has the norm 0', async () => {
  const { layers } = await gradientFlow(twoWeights(), onePixel(0, 1));
  assert.deepEqual(
    layers.map(({ norm, ratio }) => [norm, ratio]),
    [
      [0, 0],
      [0, 0],
    ],
  );
});

test('plain and residual nets are followed to the depth of their names, compiled as eager, and stay as they are', async () => {
  for (const shortcut of ['A', 'none', 'B'] as const) {
    const model = cifarResNet(8, { shortcut, inputShape: [8, 8, 3], classes: 3, seed: 1 });
    const before = weightsOf(model);
    const flow = await gradientFlow(model, smallSplit(12));
    const eager = await gradientFlow(model, smallSplit(12), { compile: false });
    assert.deepEqual(weightsOf(model), before); // moving averages among them
    assert.equal(flow.layers.at(-1)!.depth, 8);
    assert.equal(flow.layers.length, shortcut === 'B' ? 10 : 8); // B: two projections
    flow.layers.forEach(({ norm, arriving }, i) => {
      assert.ok(norm > 0 && arriving > 0);
      close(norm, eager.layers[i].norm, 1e-3);
      close(arriving, eager.layers[i].arriving, 1e-3);
    });
    if (shortcut !== 'B')
      assert.deepEqual(
        flow.layers.map(({ depth }) => depth),
        [1, 2, 3, 4, 5, 6, 7, 8],
      );
  }
});

test('between the epochs of a training the flow follows its weights', async () => {
  const model = tinyModel();
  const split = tinySplit(30);
  const losses = [(await gradientFlow(model, split)).loss];
  for await (const record of train(model, split, { epochs: 3, batchSize: 10 })) {
    if (record.kind === 'epoch') losses.push((await gradientFlow(model, split)).loss);
  }
  assert.equal(new Set(losses).size, 4);
  assert.ok(losses[3] < losses[0] / 2, `${losses}`);
});

test('what is not trained is left out, and a net of which nothing is trained is refused', async () => {
  const model = twoWeights();
  model.layers[1].trainable = false;
  const { layers } = await gradientFlow(model, onePixel(51, 1));
  assert.deepEqual(
    layers.map(({ layer }) => layer),
    ['head'],
  );
  model.layers[3].trainable = false;
  await assert.rejects(gradientFlow(model, onePixel(51, 1)), {
    name: 'TypeError',
    message: 'cannot follow the gradient; two_weights has no layer that is trained',
  });
});

test('the flow leaves no tensor behind, and refuses a split that does not fit', async () => {
  for (const compile of [{}, false] as const) {
    const model = twoWeights();
    await withoutLeaks(() => gradientFlow(model, onePixel(51, 1), { compile }));
  }
  await assert.rejects(gradientFlow(twoWeights(), tinySplit(3)), { name: 'TypeError' });
  await assert.rejects(
    gradientFlow(twoWeights(), { ...onePixel(1, 0), images: new Uint8Array(), labels: new Uint8Array() }),
    {
      name: 'RangeError',
      message: 'empty split; at least one image is needed: one pixel has 0',
    },
  );
});
