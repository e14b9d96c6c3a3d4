/** Layers and losses beside those of residual nets: compiled training is eager training. */
import test from 'node:test';
import type { layers, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { applied } from '../../lib/src/model/keras-defaults';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { assertTrainsAlike, noiseTensor } from './compared';

const seeded = (seed: number) => tf.initializers.glorotUniform({ seed });
const kernels = { kernelInitializer: seeded(1), recurrentInitializer: seeded(2) };

/** What stands between an input of a shape and the last layer. */
const LAYERS: Record<string, { shape: number[]; layer: () => layers.Layer }> = {
  LSTM: { shape: [5, 3], layer: () => tf.layers.lstm({ units: 4, ...kernels }) },
  GRU: { shape: [5, 3], layer: () => tf.layers.gru({ units: 4, ...kernels }) },
  'a simple recurrent layer': { shape: [5, 3], layer: () => tf.layers.simpleRNN({ units: 4, ...kernels }) },
  'a convolution along one axis': {
    shape: [8, 3],
    layer: () => tf.layers.conv1d({ filters: 4, kernelSize: 3, kernelInitializer: seeded(1) }),
  },
  'a convolution along three axes': {
    shape: [4, 4, 4, 2],
    layer: () => tf.layers.conv3d({ filters: 2, kernelSize: 2, kernelInitializer: seeded(1) }),
  },
  'a separable convolution': {
    shape: [6, 6, 2],
    layer: () =>
      tf.layers.separableConv2d({
        filters: 3,
        kernelSize: 3,
        depthwiseInitializer: seeded(1),
        pointwiseInitializer: seeded(2),
      }),
  },
  'layer normalization': { shape: [6, 4], layer: () => tf.layers.layerNormalization({}) },
  'batch norm of rows': { shape: [6], layer: () => tf.layers.batchNormalization({}) },
  PReLU: { shape: [6], layer: () => tf.layers.prelu({ alphaInitializer: 'ones' }) },
  'a layer at every time': {
    shape: [5, 3],
    layer: () =>
      tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 4, kernelInitializer: seeded(1) }) }),
  },
  'a pool along one axis': { shape: [9, 3], layer: () => tf.layers.maxPooling1d({ poolSize: 3 }) },
  cropping: {
    shape: [6, 6, 2],
    layer: () =>
      tf.layers.cropping2D({
        cropping: [
          [1, 1],
          [2, 0],
        ],
      }),
  },
};

const LOSSES = [
  'meanSquaredError',
  'meanAbsoluteError',
  'meanAbsolutePercentageError',
  'meanSquaredLogarithmicError',
  'squaredHinge',
  'hinge',
  'categoricalHinge',
  'logcosh',
  'categoricalCrossentropy',
  'binaryCrossentropy',
  'kullbackLeiblerDivergence',
  'poisson',
  'cosineProximity',
];

interface Setting {
  readonly shape: number[];
  readonly layer: () => layers.Layer;
  readonly loss?: string;
  readonly metrics?: string[];
}

/** Three steps with and without the forms of train(). */
async function assertAlike({
  shape,
  layer,
  loss = 'categoricalCrossentropy',
  metrics = ['accuracy'],
}: Setting): Promise<void> {
  await withoutLeaks(async () => {
    const [x, scores] = [noiseTensor([6, ...shape], 1), noiseTensor([6, 3], 2)];
    const targets = tf.tidy(() => scores.mul(5).softmax());
    const build = () => {
      const input = tf.input({ shape });
      let y: SymbolicTensor = applied(layer())(input);
      if (y.shape.length > 2) y = applied(tf.layers.flatten())(y);
      y = applied(tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: seeded(9) }))(y);
      const model = tf.model({ inputs: input, outputs: y });
      model.compile({ optimizer: tf.train.sgd(0.005), loss, metrics });
      return model;
    };
    for (const seed of [undefined, 1]) await assertTrainsAlike(build, [x, targets], { steps: 3, seed });
    tf.dispose([x, scores, targets]);
  });
}

for (const [name, setting] of Object.entries(LAYERS)) {
  test(`${name} trains compiled as it does eagerly`, () => assertAlike(setting));
}

test('every loss and metric of TensorFlow.js is compiled as it is eagerly', async () => {
  const layer = () => tf.layers.dense({ units: 4, activation: 'tanh', kernelInitializer: seeded(1) });
  const metrics = ['categoricalAccuracy', 'binaryAccuracy', 'precision', 'cosine', 'mse', 'mae'];
  for (const loss of LOSSES) await assertAlike({ shape: [4], layer, loss, metrics });
});

test('labels that are numbers of classes, and words that are numbers, train alike', async () => {
  await withoutLeaks(async () => {
    const words = tf.tensor2d([
      [1, 2, 3],
      [0, 4, 1],
      [2, 2, 0],
    ]);
    const labels = tf.tensor2d([[0], [2], [2]]);
    const build = () => {
      const input = tf.input({ shape: [3] });
      let y = applied(tf.layers.embedding({ inputDim: 5, outputDim: 4, embeddingsInitializer: seeded(3) }))(
        input,
      );
      y = applied(tf.layers.flatten())(y);
      y = applied(tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: seeded(9) }))(y);
      const model = tf.model({ inputs: input, outputs: y });
      model.compile({
        optimizer: tf.train.sgd(0.05),
        loss: 'sparseCategoricalCrossentropy',
        metrics: ['accuracy'],
      });
      return model;
    };
    await assertTrainsAlike(build, [words, labels], { steps: 3 });
    tf.dispose([words, labels]);
  });
});
