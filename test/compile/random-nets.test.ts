/** Small networks by chance: whatever layers they have, compiled training is eager training. */
import test from 'node:test';
import type { LayersModel, SymbolicTensor, Tensor } from '@tensorflow/tfjs-node-gpu';
import fc from 'fast-check';
import { applied } from '../../lib/src/model/keras-defaults';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { assertTrainsAlike, noiseTensor } from './compared';

const SEED = 20_240; // of the networks below; a failure prints it, and the network made as small as it still fails
const RUNS = 80;

const padding = fc.constantFrom('same' as const, 'valid' as const);
const side = fc.integer({ min: 1, max: 3 });
const activation = fc.constantFrom('linear', 'relu', 'elu', 'tanh', 'sigmoid', 'softplus', 'selu', 'swish');

/** One layer that keeps images images. */
const layer = fc.oneof(
  fc.record({
    kind: fc.constant('conv' as const),
    filters: fc.integer({ min: 1, max: 4 }),
    kernelSize: fc.tuple(side, side),
    strides: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    padding,
    activation,
    useBias: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('depthwise' as const),
    kernelSize: side,
    strides: fc.integer({ min: 1, max: 2 }),
    padding,
  }),
  fc.record({
    kind: fc.constant('transposed' as const),
    filters: fc.integer({ min: 1, max: 3 }),
    kernelSize: side,
    padding,
  }),
  fc.record({
    kind: fc.constant('larger' as const),
    size: fc.constantFrom<[number, number]>([1, 2], [2, 1]),
  }),
  fc.record({
    kind: fc.constant('max' as const),
    poolSize: side,
    strides: fc.integer({ min: 1, max: 2 }),
    padding,
  }),
  fc.record({
    kind: fc.constant('average' as const),
    poolSize: side,
    strides: fc.integer({ min: 1, max: 2 }),
    padding,
  }),
  fc.record({ kind: fc.constant('norm' as const), momentum: fc.constantFrom(0.5, 0.99) }),
  fc.record({ kind: fc.constant('activation' as const), activation }),
  fc.record({ kind: fc.constant('dropout' as const), rate: fc.constantFrom(0.1, 0.5) }),
  fc.record({ kind: fc.constant('pad' as const), size: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ kind: fc.constant('residual' as const), kernelSize: side, activation }),
);

type Layer = typeof layer extends fc.Arbitrary<infer L> ? L : never;

const net = fc.record({
  batch: fc.integer({ min: 2, max: 6 }),
  size: fc.tuple(fc.integer({ min: 5, max: 8 }), fc.integer({ min: 5, max: 8 })),
  channels: fc.integer({ min: 1, max: 3 }),
  layers: fc.array(layer, { minLength: 1, maxLength: 5 }),
  head: fc.constantFrom('flat' as const, 'average' as const, 'max' as const),
  loss: fc.constantFrom('categoricalCrossentropy' as const, 'meanSquaredError' as const),
});

type Net = typeof net extends fc.Arbitrary<infer N> ? N : never;

const CLASSES = 3;

function build({ size, channels, layers, head, loss }: Net): LayersModel {
  let seed = 0;
  const seeded = () => tf.initializers.glorotUniform({ seed: ++seed });
  const input = tf.input({ shape: [...size, channels] });
  let x: SymbolicTensor = input;
  for (const [at, each] of layers.entries()) x = applyLayer(x, each, at, seeded);
  if (head === 'flat') x = applied(tf.layers.flatten())(x);
  else
    x = applied(head === 'max' ? tf.layers.globalMaxPooling2d({}) : tf.layers.globalAveragePooling2d({}))(x);
  const activation = loss === 'categoricalCrossentropy' ? 'softmax' : 'linear';
  const outputs = applied(tf.layers.dense({ units: CLASSES, activation, kernelInitializer: seeded() }))(x);
  const model = tf.model({ inputs: input, outputs });
  model.compile({ optimizer: tf.train.momentum(0.01, 0.9), loss });
  return model;
}

type Seeded = () => ReturnType<typeof tf.initializers.glorotUniform>;

function applyLayer(x: SymbolicTensor, layer: Layer, at: number, seeded: Seeded): SymbolicTensor {
  const [, height, width, channels] = x.shape as number[];
  const fits = (size: number) => size <= Math.min(height, width);
  switch (layer.kind) {
    case 'conv': {
      const { kind: _, activation, ...config } = layer;
      const fitting = {
        ...config,
        padding: fits(Math.max(...config.kernelSize)) ? config.padding : ('same' as const),
      };
      return applied(
        tf.layers.conv2d({ ...fitting, activation: activation as 'relu', kernelInitializer: seeded() }),
      )(x);
    }
    case 'depthwise': {
      const padding = fits(layer.kernelSize) ? layer.padding : 'same';
      return applied(
        tf.layers.depthwiseConv2d({ ...config(layer), padding, depthwiseInitializer: seeded() }),
      )(x);
    }
    case 'transposed':
      return applied(tf.layers.conv2dTranspose({ ...config(layer), kernelInitializer: seeded() }))(x);
    case 'larger':
      return applied(tf.layers.upSampling2d({ size: layer.size }))(x);
    case 'max':
      return applied(
        tf.layers.maxPooling2d({ ...config(layer), padding: fits(layer.poolSize) ? layer.padding : 'same' }),
      )(x);
    case 'average':
      return applied(
        tf.layers.averagePooling2d({
          ...config(layer),
          padding: fits(layer.poolSize) ? layer.padding : 'same',
        }),
      )(x);
    case 'norm':
      return applied(tf.layers.batchNormalization(config(layer)))(x);
    case 'activation':
      return applied(tf.layers.activation({ activation: layer.activation as 'relu' }))(x);
    case 'dropout':
      return applied(tf.layers.dropout({ rate: layer.rate, name: `dropout_at_${at}` }))(x); // its name decides what it draws
    case 'pad':
      return applied(tf.layers.zeroPadding2d({ padding: layer.size }))(x);
    case 'residual': {
      const { kernelSize } = layer;
      const conv = tf.layers.conv2d({
        filters: channels,
        kernelSize,
        padding: 'same',
        kernelInitializer: seeded(),
      });
      const sum = tf.layers.add().apply([applied(conv)(x), x]) as SymbolicTensor;
      return applied(tf.layers.activation({ activation: layer.activation as 'relu' }))(sum);
    }
  }
}

function config<L extends Layer>({ kind: _, ...rest }: L): Omit<L, 'kind'> {
  return rest;
}

test(`${RUNS} networks by chance train compiled as they do eagerly`, async () => {
  await fc.assert(
    fc.asyncProperty(net, fc.boolean(), async (net, forms) => {
      await withoutLeaks(async () => {
        const [height, width] = net.size;
        const images = noiseTensor([net.batch, height, width, net.channels], 1);
        const scores = noiseTensor([net.batch, CLASSES], 2);
        const targets = tf.tidy(() => scores.mul(5).softmax()); // in balance, as classes in turn are, their gradients would cancel
        const data: Tensor[] = [images, targets];
        // Without the forms of train(), dropout draws in JavaScript, which a recording refuses.
        const seed = forms || net.layers.some(({ kind }) => kind === 'dropout') ? 5 : undefined;
        await assertTrainsAlike(() => build(net), data, { steps: 3, seed, tolerance: 3e-5 });
        tf.dispose([scores, data]);
      });
    }),
    { seed: SEED, numRuns: RUNS, endOnFailure: false },
  );
});
