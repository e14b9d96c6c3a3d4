/** A residual net that learns most of CIFAR-10 in less than half an hour on two cores. */
import type { Split } from '../data/split';
import { whitening } from '../data/whitening';
import { type WhitenedActivation, whitenedResNet } from '../model/whitened-resnet';
import { biasesAndNorms, type VariableInfo } from '../optimizers/groups';
import { muon } from '../optimizers/muon';
import { device } from '../tensorflow/device';
import { linear } from '../train/schedules';
import type { Recipe } from './recipe';

// As in airbench94_muon.py (github.com/KellerJordan/cifar10-airbench): rates there are for summed losses, here for mean ones.
const BATCH = 512;
const RATE = 0.12; // of kernels; 0.24 for batches of 2000 there, and half of that for a quarter of the images
const LARGER_RATE = 0.2; // of kernels, found with swish, on held-out images
const BIAS_RATE = 0.053 * BATCH;
const HEAD_RATE = 0.67 * (9 / 256) ** 2 * BATCH; // its head divides by 256 where ours divides by 9
const DECAY = 2e-6; // of biases and the head, beside the loss's gradient

interface Choices {
  readonly activation: WhitenedActivation;
  /** Of kernels; biases and the head keep theirs. */
  readonly rate: number;
}

function build(train: Split, seed: number, { activation, rate }: Choices) {
  const { classNames, imageShape } = train;
  const model = whitenedResNet(classNames.length, {
    whitening: whitening(train, seed),
    activation,
    inputShape: imageShape,
    seed,
  });
  const isMatrix = ({ shape }: VariableInfo) => shape.length === 2;
  model.compile({
    optimizer: muon({
      learningRate: rate,
      groups: [
        { variables: biasesAndNorms, rate: BIAS_RATE / rate, weightDecay: (DECAY * BATCH) / BIAS_RATE },
        { variables: isMatrix, rate: HEAD_RATE / rate, weightDecay: (DECAY * BATCH) / HEAD_RATE },
      ],
    }),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return model;
}

/** Where the processor multiplies in bfloat16, that takes two thirds of the time. A GPU has ways of its own. */
function precision(): { readonly mixedPrecision?: 'bfloat16' } {
  const { kind, cpuFeatures } = device();
  if (kind === 'gpu') return {};
  const fast = cpuFeatures.some((feature) => feature === 'avx512_bf16' || feature === 'amx_bf16');
  return fast ? { mixedPrecision: 'bfloat16' } : {};
}

const NET = {
  batchSize: BATCH,
  dropLast: true,
  build: (train: Split, seed: number) => build(train, seed, { activation: 'relu', rate: RATE }),
} as const;

export const whitenedPlain: Recipe = {
  ...NET,
  name: 'whitened-plain',
  description: 'a residual net behind a whitened stem, Muon at a rate that falls to 0, ten epochs',
  epochs: 10,
  options: (steps) => ({
    schedule: linear(RATE, 0, steps),
    compile: precision(),
  }),
};

export const whitened: Recipe = {
  ...NET,
  name: 'whitened',
  description:
    'that with augmented images, label smoothing, averaged weights and more epochs; test images mirrored and shifted',
  epochs: 20,
  options: (steps) => ({
    ...whitenedPlain.options(steps),
    augmentation: { crop: { pad: 3, fill: 'reflect' }, flip: 'alternating', cutout: 8 },
    labelSmoothing: 0.2,
    averageDecay: 0.98,
  }),
  testTime: 'flip and crops',
};

export const whitenedAll: Recipe = {
  ...whitened,
  name: 'whitened-all',
  description: 'that on all training images, since it has been chosen: nothing is held out any more',
  epochs: 22,
  holdsOut: false,
};

export const whitenedSwish: Recipe = {
  ...whitenedAll,
  name: 'whitened-swish',
  description: 'that with swish in place of ReLU, larger steps and larger cutouts',
  epochs: 20, // a step takes an eighth longer: as many as end within half an hour
  build: (train, seed) => build(train, seed, { activation: 'swish', rate: LARGER_RATE }),
  options: (steps) => ({
    ...whitenedAll.options(steps),
    schedule: linear(LARGER_RATE, 0, steps),
    augmentation: { crop: { pad: 3, fill: 'reflect' }, flip: 'alternating', cutout: 10 },
  }),
};
