/**
 * Chapter 8's recorded runs: `node --import tsx tools/degradation.ts [SEED ...]` trains every net of the chapter from each seed, by default
 * 1, 2 and 3, and leaves `run.json` and `result.json` of each in `notebooks/results/degradation/<recipe>-s<seed>/`.
 *
 * Runs that are there are passed over, so that it can be stopped at any time and goes on where it was.
 */
import fs from 'node:fs';
import path from 'node:path';
import { loadData } from '../lib/src/data/load-data';
import type { DataSet } from '../lib/src/data/split';
import { take } from '../lib/src/data/take';
import { codeVersion } from '../lib/src/notebook/checkout';
import type { Recipe } from '../lib/src/recipes/recipe';
import { THIN_IMAGES, thinArticleRecipe, thinOptions, thinRecipe } from '../lib/src/recipes/thin';
import { runConfigOf } from '../lib/src/train/run-config-of';
import { RunFolder } from '../lib/src/train/run-folder';
import { toItsEnd } from '../lib/src/train/to-its-end';
import { train } from '../lib/src/train/train';

export const DEGRADATION_RUNS = path.join(__dirname, '..', 'notebooks', 'results', 'degradation');

/** The chapter's question first, then what may be asked beside it: each group with all seeds, before the next. */
const GROUPS: readonly (readonly Recipe[])[] = [
  [thinRecipe(20, 'none'), thinRecipe(56, 'none'), thinRecipe(20, 'A'), thinRecipe(56, 'A')],
  [thinRecipe(20, 'B'), thinRecipe(20, 'C')],
  [thinArticleRecipe(20, false), thinArticleRecipe(20, true)],
];

/**
 * Trains one net and writes its run.
 *
 * @param limits of images and epochs; default: those of the chapter
 * @returns the share of its training images that it gets wrong at the end, 0..1
 * @throws Error when the run is there already
 */
export async function record(
  recipe: Recipe,
  data: DataSet,
  seed: number,
  runs = DEGRADATION_RUNS,
  { images: most = THIN_IMAGES.train as number, epochs = recipe.epochs } = {},
): Promise<number> {
  const images = take(data.train, most);
  const options = thinOptions(recipe, images, { seed, epochs });
  const model = recipe.build(images, seed);
  try {
    const config = runConfigOf(model, images, options, { title: recipe.name, data, commit: codeVersion() });
    const end = await toItsEnd(train(model, images, options));
    const folder = await RunFolder.create(runs, config, { name: runOf(recipe, seed) });
    await folder.writeResult(end);
    return 1 - end.epochs.at(-1)!.valAccuracy!;
  } finally {
    const { optimizer } = model;
    model.dispose();
    optimizer.dispose();
  }
}

/** The name of a run's folder. */
export function runOf(recipe: Recipe, seed: number): string {
  return `${recipe.name}-s${seed}`;
}

async function main(seeds: readonly number[]): Promise<void> {
  const data = await loadData({
    ...{ source: 'cifar10', directory: path.join(__dirname, '..', 'data'), onMessage: console.log },
  });
  for (const group of GROUPS) {
    for (const seed of seeds) {
      for (const recipe of group) {
        if (fs.existsSync(path.join(DEGRADATION_RUNS, runOf(recipe, seed)))) continue;
        const start = performance.now();
        const error = await record(recipe, data, seed);
        const seconds = ((performance.now() - start) / 1000).toFixed(0);
        console.log(`${runOf(recipe, seed)}: training error ${(100 * error).toFixed(2)} %, ${seconds} s`);
      }
    }
  }
}

if (require.main === module) {
  const seeds = process.argv.slice(2).map(Number);
  main(seeds.length > 0 ? seeds : [1, 2, 3]).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
