/** Trainings of minutes, for comparing nets by their depth: the paper's nets in half of their width, on a tenth of the images. */
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { pixelStatistics } from '../data/pixel-statistics';
import type { Split } from '../data/split';
import { take } from '../data/take';
import { buildResNet } from '../model/build-resnet';
import { cifarResNetConfig } from '../model/cifar-resnet';
import type { Shortcut } from '../model/resnet-config';
import type { TrainOptions } from '../train/training';
import { articleChain } from './article-chain';
import { compileAsInPaper, paperSchedule } from './papers';
import { type Recipe, stepsOf } from './recipe';

/** Images that thin nets are trained on, and how many of these their error is measured on after every epoch. */
export const THIN_IMAGES = { train: 5_000, measured: 2_000 } as const;

/**
 * A net of He et al. 2015 (arXiv 1512.03385, section 4.2), as deep as there and half as wide: 8, 16 and 32 channels. It is trained by the
 * paper's optimizer and the form of its schedule, the rate divided by 10 after half and three quarters of the steps. Nothing is augmented:
 * the question is how well a net can fit the images that it is trained on.
 *
 * The error of such a net tells nothing of what the paper's nets reach.
 *
 * @param depth 6 n + 2: 8, 20, 32, 44, 56, 110
 * @param shortcut `none` makes the plain twin, of as many weights as with A
 */
export function thinRecipe(depth: number, shortcut: Shortcut): Recipe {
  const plain = shortcut === 'none';
  const shortcuts = plain ? 'no shortcuts' : `shortcuts of option ${shortcut}`;
  return recipeOf(
    plain ? `thin-plain${depth}` : `thin-resnet${depth}${shortcut}`,
    `${depth} layers, half as wide as the paper's, ${shortcuts}`,
    (train, seed) => {
      const { classNames, imageShape: inputShape } = train;
      const half = { shortcut, width: 0.5, classes: classNames.length, inputShape };
      const config = cifarResNetConfig(depth, { ...half, statistics: pixelStatistics(train) });
      return buildResNet({ ...config, name: `thin_cifar_${plain ? 'plain' : 'resnet'}${depth}` }, { seed });
    },
  );
}

/**
 * The same training of a net that is as deep and as wide, made of the article's blocks; see {@link articleChain}.
 *
 * @param depth 6 n + 2, counted as above
 * @param activation whether a ReLU follows each addition, as in the paper; the article has none
 */
export function thinArticleRecipe(depth: number, activation: boolean): Recipe {
  return recipeOf(
    `thin-article${depth}${activation ? '-relu' : ''}`,
    `${depth} layers of the article's blocks, ${activation ? 'a' : 'no'} ReLU after the addition`,
    (train, seed) => articleChain(depth, { activation, images: train, seed }),
  );
}

/** What `train` is told: the same for the chapter's own run and for those on record. The validation images are trained on, too. */
export function thinOptions(
  recipe: Recipe,
  images: Split,
  { seed, epochs = recipe.epochs }: { readonly seed: number; readonly epochs?: number },
): TrainOptions {
  const { batchSize } = recipe;
  return {
    ...recipe.options(stepsOf(recipe, images.labels.length, epochs)),
    ...{ epochs, batchSize, seed, validation: take(images, THIN_IMAGES.measured) },
  };
}

function recipeOf(
  name: string,
  description: string,
  net: (train: Split, seed: number) => LayersModel,
): Recipe {
  return {
    ...{ name, description, epochs: 6, batchSize: 64 },
    build: (train, seed) => {
      const model = net(train, seed);
      compileAsInPaper(model);
      return model;
    },
    options: (steps) => ({ schedule: paperSchedule(steps) }),
  };
}
