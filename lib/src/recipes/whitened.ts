/** 92 % of CIFAR-10 in less than half an hour on two cores. */
import type { Split } from '../data/split';
import { whitening } from '../data/whitening';
import { whitenedResNet } from '../model/whitened-resnet';
import { biasesAndNorms } from '../optimizers/groups';
import { sgd } from '../optimizers/sgd';
import { device } from '../tensorflow/device';
import { oneCycle } from '../train/schedules';
import type { Recipe } from './recipe';

// As airbench94's (Jordan 2024, arXiv 2404.00498, and its code): rates there are per 1024 images, of summed losses, before momentum.
const BATCH = 512;
const RATE = 1.5 * (BATCH / 1024);
const MOMENTUM = 0.85;
const BIAS_RATE = 64; // times the rate of kernels
const DECAY = (0.0153 * BATCH * (1 - MOMENTUM)) / (1024 * (2 - MOMENTUM)) / RATE; // 0.0153 a thousand steps of such images

function build(train: Split, seed: number) {
  const { classNames, imageShape: inputShape } = train;
  const model = whitenedResNet(classNames.length, { whitening: whitening(train, seed), inputShape, seed });
  const biases = { variables: biasesAndNorms, rate: BIAS_RATE, weightDecay: DECAY / BIAS_RATE };
  model.compile({
    optimizer: sgd({
      learningRate: RATE,
      momentum: MOMENTUM,
      nesterov: true,
      weightDecay: DECAY,
      decay: 'coupled',
      groups: [biases],
    }),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return model;
}

/** Where the processor multiplies in bfloat16, that takes two thirds of the time. */
function precision(): { readonly mixedPrecision?: 'bfloat16' } {
  const fast = device().cpuFeatures.some((feature) => feature === 'avx512_bf16' || feature === 'amx_bf16');
  return fast ? { mixedPrecision: 'bfloat16' } : {};
}

const NET = { batchSize: BATCH, dropLast: true, build } as const;

export const whitenedPlain: Recipe = {
  ...NET,
  name: 'whitened-plain',
  description: 'a residual net behind a whitened stem, SGD with a one-cycle schedule, ten epochs',
  epochs: 10,
  options: (steps) => ({
    schedule: oneCycle(RATE, steps, { start: 0.2, end: 0.07, peakAt: 0.23, shape: 'linear' }),
    compile: precision(),
  }),
};

export const whitened: Recipe = {
  ...NET,
  name: 'whitened',
  description:
    'that with augmented images, label smoothing and more epochs; test images mirrored and shifted',
  epochs: 18,
  options: (steps) => ({
    ...whitenedPlain.options(steps),
    augmentation: { crop: { pad: 2, fill: 'reflect' }, flip: 'alternating' },
    labelSmoothing: 0.2,
  }),
  testTime: 'flip and crops',
};
