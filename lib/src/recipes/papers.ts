import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { pixelStatistics } from '../data/pixel-statistics';
import { cifarResNet } from '../model/cifar-resnet';
import { sgd } from '../optimizers/sgd';
import { multiStep, type Schedule } from '../train/schedules';
import type { Recipe } from './recipe';

const RATE = 0.1;
const STEPS = 64_000;
const LENGTH = `${STEPS.toLocaleString('en-US')} steps, two to three hours on two cores`;

/** Compiles a model as He et al. 2015 (arXiv 1512.03385, section 4.2) train theirs: momentum, and a weight decay that is part of the loss. */
export function compileAsInPaper(model: LayersModel): void {
  model.compile({
    optimizer: sgd({
      ...{ learningRate: RATE, momentum: 0.9, momentumForm: 'keras' },
      ...{ weightDecay: 1e-4, decay: 'coupled' },
    }),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

/** The rate of that paper's training, divided by 10 after half and three quarters of the steps. */
export function paperSchedule(steps: number): Schedule {
  return multiStep(RATE, [Math.round(steps / 2), Math.round((steps * 3) / 4)]);
}

/**
 * He et al. 2015 (arXiv 1512.03385), section 4.2: 64,000 steps, the rate divided by 10 after half and three quarters of them. With fewer
 * epochs the schedule shrinks in proportion.
 */
function paperRecipe(depth: number, kind: 'resnet' | 'plain', description: string): Recipe {
  return {
    name: `${kind}${depth}`,
    description,
    epochs: Math.ceil(STEPS / Math.ceil(45_000 / 128)),
    batchSize: 128,
    build: (train, seed) => {
      const { classNames, imageShape: inputShape } = train;
      const model = cifarResNet(depth, {
        ...{ classes: classNames.length, inputShape, statistics: pixelStatistics(train), seed },
        shortcut: kind === 'plain' ? 'none' : 'A',
      });
      compileAsInPaper(model);
      return model;
    },
    options: (steps) => ({
      schedule: paperSchedule(steps),
      augmentation: { crop: { pad: 4, fill: 'zeros' }, flip: 'random' },
    }),
  };
}

export const resNet20 = paperRecipe(20, 'resnet', `ResNet-20 by the paper's recipe: ${LENGTH}`);
export const plain20 = paperRecipe(20, 'plain', 'that without shortcuts');
export const resNet56 = paperRecipe(
  56,
  'resnet',
  'ResNet-56 by the same recipe, of nearly three times the work',
);
export const plain56 = paperRecipe(56, 'plain', 'that without shortcuts');
