/** A recipe from beginning to end: split, trained, validated on what was held out, and tested once. */
import path from 'node:path';
import type { SessionOptions } from '../compile/session-options';
import { split } from '../data/hold-out';
import type { DataSet, Split } from '../data/split';
import { evaluate } from '../evaluate/evaluate';
import { predict } from '../evaluate/predict';
import { type Recipe, stepsOf } from '../recipes/recipe';
import { modelCard } from '../train/model-card';
import { RunFolder, type RunTest } from '../train/run-folder';
import { saveModel } from '../train/save-model';
import { codeVersion } from './checkout';
import { type FitEnd, type FitOptions, fit } from './fit';
import { currentOutput, type Output } from './output';

export interface RecipeOptions
  extends Pick<
    FitOptions,
    'run' | 'runs' | 'resume' | 'checkpoints' | 'observers' | 'onRecord' | 'signal' | 'cluster'
  > {
  /** Of initial weights, order, augmentation and dropout; default 1. */
  readonly seed?: number;
  /** Default: the recipe's. */
  readonly epochs?: number;
  /** How steps are compiled, where that is not to be as the recipe says. */
  readonly compile?: SessionOptions;
}

export interface RecipeEnd extends FitEnd {
  /** On the test images; undefined when the training was interrupted, and on all workers of a cluster but worker 0. */
  readonly test?: RunTest;
}

/** A tenth of the training images are held out: 5,000 of CIFAR-10's, as in He et al. 2015, section 4.2. */
const HELD_OUT = 1 / 10;
const SPLIT_SEED = 0; // the same images are held out whatever the seed of the training

/**
 * Trains by a recipe. Nine tenths of the training images are trained on, one tenth is held out to validate on (unless the recipe
 * holds nothing out), and the test images are opened once, at the end of a training that was not interrupted. Result and model go into the run's folder.
 *
 * @throws whatever `fit` throws
 */
export async function runRecipe(
  recipe: Recipe,
  data: DataSet,
  options: RecipeOptions = {},
  output: Output = currentOutput(),
): Promise<RecipeEnd> {
  const { seed = 1, epochs = recipe.epochs, compile, ...others } = options;
  const [train, validation] = recipe.holdsOut === false ? [data.train] : heldOut(data.train);
  const model = recipe.build(train, seed);
  try {
    const { batchSize, dropLast } = recipe;
    const ofRecipe = recipe.options(stepsOf(recipe, train.labels.length, epochs));
    const title = `${recipe.name} on ${data.name}`;
    const end = await fit(
      model,
      train,
      {
        ...ofRecipe,
        ...(compile && { compile: { ...ofRecipe.compile, ...compile } }),
        ...{ epochs, batchSize, dropLast, seed, validation, title, data },
        ...others,
      },
      output,
    );
    const isWorkerZero = !others.cluster || others.cluster.index === 0; // who keeps the run
    if (end.stopped !== 'finished' || !isWorkerZero) return end;
    const { loss, accuracy } = evaluate(await predict(model, data.test, { testTime: recipe.testTime }));
    const test = { loss, accuracy, images: data.test.labels.length };
    const { run, ...told } = end;
    if (run) {
      await (await RunFolder.open(run)).writeResult({ ...told, test }); // without its place: a folder may be moved
      const card = modelCard({ ...data, train }, end, {
        ...{ seed, batchSize, commit: codeVersion(), recipe: recipe.name, test },
      });
      await saveModel(model, path.join(run, 'model'), card);
    }
    return { ...end, test };
  } finally {
    const { optimizer } = model;
    model.dispose();
    optimizer.dispose();
  }
}

function heldOut(images: Split): [train: Split, validation: Split] {
  const validation = Math.max(1, Math.round(images.labels.length * HELD_OUT));
  return split(images, images.labels.length - validation, validation, SPLIT_SEED);
}
