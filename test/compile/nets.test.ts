/** Compiled training beside eager training: ten steps, losses and gradients within a relative 1e-5. */
import test from 'node:test';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { adam, applied, batchNormalization } from '../../lib/src/model/keras-defaults';
import { ResNet } from '../../lib/src/model/resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { assertTrainsAlike, classesInTurn, noiseTensor } from './compared';

const seeded = (seed: number) => tf.initializers.glorotUniform({ seed });

function compiled(model: LayersModel, loss: string | string[] = 'categoricalCrossentropy'): LayersModel {
  model.compile({ optimizer: tf.train.momentum(0.01, 0.9), loss, metrics: ['accuracy'] });
  return model;
}

const images = (size: number, channels = 3) => tf.input({ shape: [size, size, channels] });

test("the article's net, with its own Adam, trains compiled as it does eagerly", async () => {
  await withoutLeaks(async () => {
    const data = [noiseTensor([32, 32, 32, 3], 1), classesInTurn(32, 10)];
    const build = () => {
      const model = ResNet(10, { seed: 1 });
      model.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
      return model;
    };
    await assertTrainsAlike(build, data, { together: true });
    tf.dispose(data);
  });
});

test('the same in the forms that train() uses: losses from logits', async () => {
  await withoutLeaks(async () => {
    const data = [noiseTensor([32, 32, 32, 3], 1), classesInTurn(32, 10)];
    await assertTrainsAlike(() => compiled(ResNet(10, { seed: 1 })), data, { seed: 3 });
    tf.dispose(data);
  });
});

/** Bottlenecks of a 1x1, a 3x3 and a 1x1 convolution, the first one with a projection (He et al. 2015, figure 5). */
function bottleneckNet(): LayersModel {
  const input = images(8);
  const convNorm = (x: SymbolicTensor, filters: number, size: number, strides: number, seed: number) => {
    const config = { filters, kernelSize: size, strides, kernelInitializer: seeded(seed) };
    const conv = tf.layers.conv2d({ ...config, padding: 'same', useBias: false });
    return batchNormalization({ name: `norm${seed}` })(applied(conv)(x));
  };
  const relu = (x: SymbolicTensor) => applied(tf.layers.reLU({}))(x);
  const bottleneck = (x: SymbolicTensor, width: number, strides: number, seed: number) => {
    let y = relu(convNorm(x, width, 1, 1, seed));
    y = relu(convNorm(y, width, 3, strides, seed + 1));
    y = convNorm(y, 4 * width, 1, 1, seed + 2);
    const same = strides === 1 && x.shape[3] === 4 * width;
    const shortcut = same ? x : convNorm(x, 4 * width, 1, strides, seed + 3);
    return relu(tf.layers.add({}).apply([y, shortcut]) as SymbolicTensor);
  };
  let x = relu(convNorm(input, 8, 3, 1, 1));
  x = bottleneck(x, 2, 1, 10);
  x = bottleneck(x, 4, 2, 20);
  x = bottleneck(x, 4, 1, 30);
  x = applied(tf.layers.globalAveragePooling2d({}))(x);
  x = applied(tf.layers.dense({ units: 5, activation: 'softmax', kernelInitializer: seeded(40) }))(x);
  return tf.model({ inputs: input, outputs: x });
}

test('a net of bottlenecks trains compiled as it does eagerly', async () => {
  await withoutLeaks(async () => {
    const data = [noiseTensor([32, 8, 8, 3], 1), classesInTurn(32, 5)];
    await assertTrainsAlike(() => compiled(bottleneckNet()), data, { together: true });
    tf.dispose(data);
  });
});

test('dropout draws the same numbers compiled as it does eagerly, with and without a seed of its own', async () => {
  await withoutLeaks(async () => {
    const build = () => {
      const input = images(6);
      let x = applied(
        tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', kernelInitializer: seeded(1) }),
      )(input);
      x = applied(tf.layers.dropout({ rate: 0.25, name: 'drop1' }))(x);
      x = applied(tf.layers.flatten({}))(x);
      x = applied(tf.layers.dropout({ rate: 0.5, seed: 7, name: 'drop2' }))(x);
      x = applied(tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: seeded(2) }))(x);
      return compiled(tf.model({ inputs: input, outputs: x }));
    };
    const data = [noiseTensor([9, 6, 6, 3], 1), classesInTurn(9, 3)];
    await assertTrainsAlike(build, data, { seed: 3 });
    tf.dispose(data);
  });
});

test('penalties of regularizers are in the compiled loss and its gradients', async () => {
  await withoutLeaks(async () => {
    const l2 = tf.regularizers.l2({ l2: 0.01 });
    const build = () => {
      const input = images(6);
      const conv = { filters: 4, kernelSize: 3, kernelInitializer: seeded(1), kernelRegularizer: l2 };
      let x = applied(tf.layers.conv2d({ ...conv, activityRegularizer: undefined }))(input);
      x = applied(tf.layers.flatten({}))(x);
      const regularizers = {
        kernelRegularizer: tf.regularizers.l1l2({ l1: 0.001, l2: 0.02 }),
        biasRegularizer: l2,
      };
      x = applied(
        tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: seeded(2), ...regularizers }),
      )(x);
      return compiled(tf.model({ inputs: input, outputs: x }));
    };
    const data = [noiseTensor([9, 6, 6, 3], 1), classesInTurn(9, 3)];
    await assertTrainsAlike(build, data);
    tf.dispose(data);
  });
});

test('several inputs, several outputs with losses of their own, and sample weights train alike', async () => {
  await withoutLeaks(async () => {
    const build = () => {
      const left = images(6);
      const right = tf.input({ shape: [4] });
      let x = applied(
        tf.layers.conv2d({ filters: 2, kernelSize: 3, strides: 2, kernelInitializer: seeded(1) }),
      )(left);
      x = applied(tf.layers.flatten({}))(x);
      x = tf.layers.concatenate().apply([x, right]) as SymbolicTensor;
      const kind = applied(
        tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: seeded(2) }),
      )(x);
      const size = applied(tf.layers.dense({ units: 1, kernelInitializer: seeded(3) }))(x);
      const model = tf.model({ inputs: [left, right], outputs: [kind, size] });
      return compiled(model, ['categoricalCrossentropy', 'meanSquaredError']);
    };
    const inputs = [noiseTensor([9, 6, 6, 3], 1), noiseTensor([9, 4], 2)];
    const targets = [classesInTurn(9, 3), noiseTensor([9, 1], 3)];
    const weights = [noiseTensor([9], 4), noiseTensor([9], 5)].map((noise) => {
      const weight = tf.tidy(() => noise.abs().add(0.5));
      noise.dispose();
      return weight;
    });
    await assertTrainsAlike(build, [...inputs, ...targets, ...weights]);
    tf.dispose([inputs, targets, weights]);
  });
});
