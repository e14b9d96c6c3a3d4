import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, SymbolicTensor, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { featuresOf } from '../../lib/src/evaluate/activations';
import { gradCam, relativeHeat } from '../../lib/src/explain/grad-cam';
import { cifarResNet } from '../../lib/src/model/cifar-resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

/**
 * Two maps are the image's one channel times 1 and times -1, kept where positive; their means are weighed by the head: class 0
 * has 2 and -1, class 1 has 0 and 4.
 */
function brightAndDark(last: 'softmax' | 'linear' | 'layer' = 'softmax'): LayersModel {
  const images = tf.input({ shape: [2, 2, 1], name: 'images' });
  const apply = (layer: tf.layers.Layer, x: SymbolicTensor) => layer.apply(x) as SymbolicTensor;
  let x = apply(tf.layers.conv2d({ filters: 2, kernelSize: 1, useBias: false, name: 'conv' }), images);
  x = apply(tf.layers.reLU({ name: 'relu' }), x);
  x = apply(tf.layers.globalAveragePooling2d({ name: 'pool' }), x);
  const activation = last === 'softmax' ? 'softmax' : 'linear';
  x = apply(tf.layers.dense({ units: 2, activation, name: 'head' }), x);
  if (last === 'layer') x = apply(tf.layers.softmax({ name: 'softmax' }), x);
  const model = tf.model({ inputs: images, outputs: x });
  const [kernel, head, bias] = [
    tf.tensor4d([1, -1], [1, 1, 1, 2]),
    tf.tensor2d([2, 0, -1, 4], [2, 2]), // [map, class]
    tf.tensor1d([0.1, -0.2]),
  ];
  model.setWeights([kernel, head, bias]);
  tf.dispose([kernel, head, bias]);
  return model;
}

const image = tf.tensor4d([3, -2, 1, 0], [1, 2, 2, 1]);

/** By hand: alpha = the head's weights / 4 places; class 0: ReLU(2 A1 - A2) = 6, 0, 2, 0; class 1: 4 A2 = 0, 8, 0, 0. */
const HEAT = [
  [3 / 4, 0, 1 / 4, 0],
  [0, 1, 0, 0],
];

for (const last of ['softmax', 'linear', 'layer'] as const) {
  test(`a map computed by hand, where the softmax is ${{ softmax: 'in the last layer', linear: 'missing', layer: 'a layer' }[last]}`, () => {
    const model = brightAndDark(last);
    for (const classIndex of [0, 1]) {
      const { heat, ...rest } = gradCam(model, image, { classIndex });
      heat.forEach((value, i) => {
        assert.ok(Math.abs(value - HEAT[classIndex][i]) < 1e-6, `class ${classIndex}: ${heat}`);
      });
      assert.deepEqual(rest, { height: 2, width: 2, layer: 'relu', classIndex });
    }
  });
}

test('the gradient passes batch norms without gamma, and without beta', () => {
  for (const center of [true, false]) {
    const images = tf.input({ shape: [2, 2, 1], name: 'images' });
    const layers = [
      tf.layers.conv2d({ filters: 2, kernelSize: 1, useBias: false, name: 'conv' }),
      tf.layers.batchNormalization({ scale: false, center, epsilon: 0.75, name: 'norm' }),
      tf.layers.reLU({ name: 'relu' }),
      tf.layers.globalAveragePooling2d({ name: 'pool' }),
      tf.layers.dense({ units: 2, useBias: false, activation: 'softmax', name: 'head' }),
    ];
    const output = layers.reduce<SymbolicTensor>((x, layer) => layer.apply(x) as SymbolicTensor, images);
    const model = tf.model({ inputs: images, outputs: output });
    const beta = center ? [tf.tensor1d([-2, 0])] : [];
    model.setWeights([
      tf.tensor4d([1, -1], [1, 1, 1, 2]),
      ...beta,
      tf.tensor2d([2, 0, -1, 4], [2, 2]), // [map, class]; what is trained comes first
      tf.tensor1d([0, 0]), // mean
      tf.tensor1d([0.25, 0.25]), // variance: with epsilon 1
    ]);
    // With beta the first map lets only the 3 through: alpha = 2 / 4 at 1 of 4 places, or at 2 of 4 without; both give ReLU(x).
    const { heat } = gradCam(model, image, { layer: 'conv', classIndex: 0 });
    heat.forEach((value, i) => {
      assert.ok(Math.abs(value - HEAT[0][i]) < 1e-6, `${heat}`);
    });
    const [, , third] = gradCam(model, image, { classIndex: 0 }).heat; // at the ReLU
    assert.ok(Math.abs(third - (center ? 0 : 1 / 4)) < 1e-6, `${third}`);
  }
});

test('the default class is the most probable one', () => {
  const model = brightAndDark(); // logits: class 0: 2 * 1 - 0.5 + 0.1, class 1: 4 * 0.5 - 0.2
  assert.equal(gradCam(model, image).classIndex, 1);
  const brighter = image.add(1) as Tensor4D;
  assert.equal(gradCam(model, brighter).classIndex, 0);
  brighter.dispose();
});

test('where no place speaks for the class all heat is 0', () => {
  const dark = tf.fill([1, 2, 2, 1], -1) as Tensor4D;
  assert.deepEqual([...gradCam(brightAndDark(), dark, { classIndex: 0 }).heat], [0, 0, 0, 0]);
  dark.dispose();
});

test('a picture shows the heat beside its hottest place', () => {
  assert.deepEqual([...relativeHeat({ heat: Float32Array.of(0.25, 0, 0.5, 0.25) })], [0.5, 0, 1, 0.5]);
  assert.deepEqual([...relativeHeat({ heat: new Float32Array(2) })], [0, 0]);
});

test('a net of residual blocks is mapped at the end of its last block, and inside of any', async () => {
  const model = cifarResNet(8, { shortcut: 'B', seed: 1 });
  const images = tf.randomUniform([1, 32, 32, 3], 0, 1, 'float32', 3) as Tensor4D;
  const map = gradCam(model, images);
  assert.deepEqual([map.layer, map.height, map.width], ['stage3_block1_relu', 8, 8]);
  assert.ok(Math.abs(map.heat.reduce((sum, share) => sum + share) - 1) < 1e-5);
  assert.ok(map.heat.every((share) => share >= 0));
  for (const [layer, side] of [
    ['stage1_block1_1_conv', 32],
    ['stage2_block1_add', 16],
    ['stem_relu', 32],
  ] as const) {
    const inside = await withoutLeaks(() => gradCam(model, images, { layer, classIndex: 3 }));
    assert.deepEqual([inside.height, inside.width, inside.heat.length], [side, side, side * side]);
  }
  tf.dispose(images);
  model.dispose();
});

/** Out of two maps a, b comes (a + 3 b, b), as shortcut (a, b) and branch (3 b, 0); the score of class 0 is the sum of their means. */
function oneBlock(): LayersModel {
  const images = tf.input({ shape: [1, 2, 2], name: 'images' });
  const conv = (name: string) => tf.layers.conv2d({ filters: 2, kernelSize: 1, useBias: false, name });
  const stem = conv('stem').apply(images) as SymbolicTensor;
  const branch = conv('branch').apply(stem) as SymbolicTensor;
  const sum = tf.layers.add({ name: 'sum' }).apply([stem, branch]) as SymbolicTensor;
  const pooled = tf.layers.globalAveragePooling2d({ name: 'pool' }).apply(sum) as SymbolicTensor;
  const head = tf.layers.dense({ units: 2, useBias: false, activation: 'softmax', name: 'head' });
  const model = tf.model({ inputs: images, outputs: head.apply(pooled) as SymbolicTensor });
  const kernels = [
    tf.tensor4d([1, 0, 0, 1], [1, 1, 2, 2]),
    tf.tensor4d([0, 0, 3, 0], [1, 1, 2, 2]), // [1, 1, in, out]
    tf.tensor2d([1, 0, 1, 0], [2, 2]),
  ];
  model.setWeights(kernels);
  tf.dispose(kernels);
  return model;
}

test('before a block both its branch and its shortcut count, inside the branch that alone', () => {
  const pixels = tf.tensor4d([1, 0, 0, 1], [1, 1, 2, 2]); // a in the first pixel, b in the second
  const model = oneBlock();
  const heatOf = (layer: string) =>
    [...gradCam(model, pixels, { layer, classIndex: 0 }).heat].map((share) => Math.round(share * 1e6) / 1e6);
  assert.deepEqual(heatOf('stem'), [1 / 5, 4 / 5]); // the score is a + 4 b
  assert.deepEqual(heatOf('branch'), [0, 1]);
  assert.deepEqual(heatOf('sum'), [1 / 5, 4 / 5]);
  pixels.dispose();
});

test('the model stays as it was: its layers can be asked for their outputs again, and no tensor is left behind', async () => {
  const model = oneBlock();
  const pixels = tf.tensor4d([1, 0, 0, 1], [1, 1, 2, 2]);
  const before = (model.predict(pixels) as Tensor).dataSync();
  await withoutLeaks(() => gradCam(model, pixels));
  assert.deepEqual(featuresOf(model, 'sum', pixels).shape, [1, 1, 2, 2]);
  assert.deepEqual((model.predict(pixels) as Tensor).dataSync(), before);
});

test('what cannot be mapped is refused by name, without a tensor left behind', async () => {
  const model = brightAndDark();
  const refused = (options: object, error: object, input = image) =>
    withoutLeaks(() => assert.throws(() => gradCam(model, input, options), error));
  for (const layer of ['stage1', 'pool', 'images']) {
    await refused(
      { layer },
      {
        name: 'RangeError',
        message: `invalid layer; no layer of the model with maps of more than one pixel: ${layer}; there are conv, relu`,
      },
    );
  }
  for (const classIndex of [2, -1, 0.5]) {
    const message = `invalid classIndex; not an integer in [0, 2): ${classIndex}`;
    await refused({ classIndex }, { name: 'RangeError', message });
  }
  const two = tf.zeros([2, 2, 2, 1]) as Tensor4D;
  const message = 'invalid image; not [1, height, width, channels]: [2,2,2,1]';
  await refused({}, { name: 'TypeError', message }, two);
  const both = tf.model({
    inputs: model.inputs,
    outputs: [...model.outputs, model.getLayer('pool').output as SymbolicTensor],
  });
  assert.throws(() => gradCam(both, image), {
    name: 'TypeError',
    message: 'invalid model; it must have one input and one output: 1 and 2',
  });
});
