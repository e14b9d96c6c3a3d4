/** What holds on a machine with a GPU: it computes there, and to the same results as on the processor. Skipped elsewhere. */
import './without-tf32';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayersModel, Optimizer, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import type { SessionOptions } from '../../lib/src/compile/session-options';
import { generatedImages } from '../../lib/src/data/generated-images';
import { predict } from '../../lib/src/evaluate/predict';
import { cifarResNet } from '../../lib/src/model/cifar-resnet';
import { adam } from '../../lib/src/model/keras-defaults';
import { ResNet } from '../../lib/src/model/resnet';
import { whitenedResNet } from '../../lib/src/model/whitened-resnet';
import { batchNormInTraining } from '../../lib/src/ops/batch-norm';
import { muon } from '../../lib/src/optimizers/muon';
import { device } from '../../lib/src/tensorflow/device';
import { tf } from '../../lib/src/tensorflow/load';
import { train } from '../../lib/src/train/train';
import type { TrainOptions } from '../../lib/src/train/training';
import { difference, disposeOptimizer, noiseTensor } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';

const skip = device().kind === 'gpu' ? false : 'TensorFlow uses no GPU here';

/** A share of the largest number: cuDNN and oneDNN add up in another order. */
const TOLERANCE = 1e-3;

/** Of losses after some steps, in which what rounding sets apart has grown; Muon's steps have their full length however small the gradient. */
const TOLERANCE_OF_LOSSES = 5e-3;

test('the device is named as a GPU', { skip }, () => {
  const { name } = device();
  assert.notEqual(name, 'unnamed GPU');
  console.log(name);
});

const FUNCTIONS: Record<string, (x: Tensor4D, kernel: Tensor4D, matrix: Tensor2D) => Tensor[]> = {
  'a matrix product': (_x, _kernel, matrix) => [tf.matMul(matrix, matrix, false, true)],
  'a convolution and its gradients': (x, kernel) => {
    const convolve = (x: Tensor, kernel: Tensor) => tf.conv2d(x as Tensor4D, kernel as Tensor4D, 2, 'same');
    const dy = convolve(x, kernel).mul(0.1);
    return [convolve(x, kernel), ...tf.grads(convolve)([x, kernel], dy)];
  },
  'batch norm and its gradients': (x) => {
    const [gamma, beta] = [tf.linspace(0.5, 1.5, 8), tf.linspace(-1, 1, 8)];
    const { y, mean, variance } = batchNormInTraining(x, gamma as Tensor1D, beta as Tensor1D, 1e-3);
    const dy = x.square();
    const normalised = (...args: Tensor[]) => {
      const [x, gamma, beta] = args as [Tensor4D, Tensor1D, Tensor1D];
      const { y, mean, variance } = batchNormInTraining(x, gamma, beta, 1e-3);
      tf.dispose([mean, variance]);
      return y;
    };
    return [y, mean, variance, ...tf.grads(normalised)([x, gamma, beta], dy)];
  },
  'pooling, and a mean over the image': (x) => [tf.maxPool(x, 3, 2, 'same'), tf.mean(x, [1, 2])],
};

for (const [name, fn] of Object.entries(FUNCTIONS)) {
  test(`${name} come out on the GPU as on the processor, eager and compiled`, { skip }, async () => {
    await withoutLeaks(async () => {
      const args = [
        noiseTensor([4, 12, 12, 8], 1),
        noiseTensor([3, 3, 8, 16], 2),
        noiseTensor([96, 64], 3),
      ] as [Tensor4D, Tensor4D, Tensor2D];
      const onProcessor = compile(fn, { device: 'cpu' });
      const onGpu = compile(fn, { device: 'gpu' });
      const expected = await onProcessor(...args);
      const eager = tf.tidy(() => fn(...args));
      const compiled = await onGpu(...args);
      expected.forEach((tensor, i) => {
        for (const found of [eager[i], compiled[i]]) {
          const off = difference(found.dataSync(), tensor.dataSync());
          assert.ok(off < TOLERANCE, `result ${i} is off by ${off}`);
        }
      });
      onProcessor.dispose();
      onGpu.dispose();
      tf.dispose([args, expected, eager, compiled]);
    });
  });
}

const IMAGES = 160;
const { train: split, test: unseen } = generatedImages({ train: IMAGES, test: 50 });

/** Ten small steps, in which rounding does not grow much; @returns their losses */
async function losses(build: () => LayersModel, options: TrainOptions): Promise<number[]> {
  const model = build();
  const found: number[] = [];
  const settings = { epochs: 2, batchSize: IMAGES / 5, seed: 3, ...options };
  for await (const record of train(model, split, settings)) {
    if (record.kind === 'step') found.push(record.loss);
  }
  disposeOptimizer(model.optimizer);
  model.dispose();
  return found;
}

function ready(model: LayersModel, optimizer: Optimizer): LayersModel {
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

const NETS: Record<string, () => LayersModel> = {
  "the article's net": () => ready(ResNet(10, { seed: 1 }), adam()),
  'ResNet-20': () => ready(cifarResNet(20, { seed: 1 }), tf.train.momentum(0.001, 0.9, true)),
  'the whitened net with Muon': () => ready(whitenedResNet(10, { seed: 1 }), muon({ learningRate: 0.01 })),
};

for (const [name, build] of Object.entries(NETS)) {
  test(`ten steps of ${name} have the same losses on the GPU, compiled and eager, as on the processor`, {
    skip,
  }, async () => {
    await withoutLeaks(async () => {
      const augmentation = { crop: { pad: 2 }, flip: 'random' } as const;
      const on = (compile: SessionOptions | false) => losses(build, { augmentation, compile });
      const expected = await on({ device: 'cpu' });
      for (const [how, found] of [
        ['compiled', await on({ device: 'gpu' })],
        ['eager', await on(false)],
      ] as const) {
        const off = difference(found, expected);
        assert.equal(found.length, 10);
        assert.ok(off < TOLERANCE_OF_LOSSES, `${how}: off by ${off}; ${found} instead of ${expected}`);
      }
    });
  });
}

for (const [how, compile] of [
  ['in float16', { device: 'gpu', mixedPrecision: 'float16' }],
  ['by XLA', { device: 'gpu', xla: true }],
] as const) {
  test(`${how}, ten steps of ResNet-20 go down as in float32`, { skip }, async () => {
    await withoutLeaks(async () => {
      const expected = await losses(NETS['ResNet-20'], { compile: { device: 'gpu' } });
      const found = await losses(NETS['ResNet-20'], { compile });
      const off = difference(found, expected);
      assert.ok(off < 0.03, `off by ${off}; ${found} instead of ${expected}`);
      assert.ok(found[9] < found[0]);
    });
  });
}

test('ResNet-20 predicts on the GPU what it predicts on the processor', { skip }, async () => {
  await withoutLeaks(async () => {
    const model = NETS['ResNet-20']();
    const [there, here] = [
      await predict(model, unseen, { compile: { device: 'gpu' } }),
      await predict(model, unseen, { compile: { device: 'cpu' } }),
    ];
    assert.ok(difference(there.probabilities, here.probabilities) < TOLERANCE);
    disposeOptimizer(model.optimizer);
    model.dispose();
  });
});
