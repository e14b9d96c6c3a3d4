import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Split } from '../data/split';
import type { TrainOptions } from '../train/training';

/** Everything that decides a training but the seed and the images: a net, an optimizer, a schedule and what is done to the images. */
export interface Recipe {
  readonly name: string;
  /** One line for people. */
  readonly description: string;
  /** Unless the user wants fewer or more; schedules stretch with them. */
  readonly epochs: number;
  readonly batchSize: number;
  /** Leaves out the smaller last step of an epoch; default false. */
  readonly dropLast?: boolean;
  /**
   * @param train what it will be trained on
   * @returns a model that is compiled; the caller disposes it and its optimizer
   */
  build(train: Split, seed: number): LayersModel;
  /** @param steps of the whole training */
  options(steps: number): RecipeOptions;
  /**
   * Whether a tenth of the training images are kept to validate on; default true. False is for a recipe that was chosen that way and
   * is then trained on everything, as published results are; the test images are opened once all the same.
   */
  readonly holdsOut?: boolean;
  /** How the test images are looked at; default: once each. */
  readonly testTime?: 'flip' | 'flip and crops';
}

export type RecipeOptions = Omit<
  TrainOptions,
  'epochs' | 'batchSize' | 'dropLast' | 'seed' | 'validation' | 'signal' | 'from'
>;

/** The steps of a training with that recipe on so many images. */
export function stepsOf({ batchSize, dropLast }: Recipe, images: number, epochs: number): number {
  const perEpoch = images / batchSize;
  return epochs * Math.max(1, dropLast ? Math.floor(perEpoch) : Math.ceil(perEpoch));
}
