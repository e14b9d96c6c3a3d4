/** The article's recipe, and what training alone can add to it. */
import type { Split } from '../data/split';
import { adam } from '../model/keras-defaults';
import { ResNet } from '../model/resnet';
import { oneCycle } from '../train/schedules';
import type { Recipe } from './recipe';

function build({ classNames, imageShape }: Split, seed: number) {
  const model = ResNet(classNames.length, { inputShape: imageShape, seed });
  model.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

const NET = { epochs: 10, batchSize: 32, build } as const;

const AUGMENTATION = { crop: { pad: 2, fill: 'reflect' }, flip: 'random' } as const;

export const article: Recipe = {
  ...NET,
  name: 'article',
  description: "the article's net, Adam at Keras's defaults, ten epochs",
  options: () => ({}),
};

export const articleCycle: Recipe = {
  ...NET,
  name: 'article-cycle',
  description: 'the same with a one-cycle schedule',
  options: (steps) => ({ schedule: oneCycle(PEAK, steps) }),
};

/** Three times the article's rate: the schedule begins and ends far below, so that it may be higher in between (Smith 2018). */
const PEAK = 3e-3;

export const articleAugmented: Recipe = {
  ...NET,
  name: 'article-augmented',
  description: 'that with shifted and mirrored images',
  options: (steps) => ({ ...articleCycle.options(steps), augmentation: AUGMENTATION }),
};

export const articleTuned: Recipe = {
  ...NET,
  name: 'article-tuned',
  description: 'that with label smoothing, and mirrored test images',
  options: (steps) => ({ ...articleAugmented.options(steps), labelSmoothing: 0.1 }),
  testTime: 'flip',
};
