/**
 * Chapter 13's recorded surfaces: `node --import tsx tools/landscapes.ts` trains the thin nets of 56 layers, plain and residual, on
 * CIFAR-10, computes the loss around each, and leaves `notebooks/results/landscapes/<recipe>.json`. A file that is there is passed over.
 */
import fs from 'node:fs';
import path from 'node:path';
import { loadData } from '../lib/src/data/load-data';
import type { DataSet } from '../lib/src/data/split';
import { take } from '../lib/src/data/take';
import { lossSurface, type SurfacePoint } from '../lib/src/explain/loss-surface';
import type { Recipe } from '../lib/src/recipes/recipe';
import { THIN_IMAGES, thinOptions, thinRecipe } from '../lib/src/recipes/thin';
import { describeDevice } from '../lib/src/tensorflow/device';
import { writeRecord } from '../lib/src/train/run-file';
import { toItsEnd } from '../lib/src/train/to-its-end';
import { train } from '../lib/src/train/train';

export const LANDSCAPES = path.join(__dirname, '..', 'notebooks', 'results', 'landscapes');

/** What the chapter reads. */
export interface Landscape {
  /** The recipe's name. */
  readonly net: string;
  readonly conditions: Readonly<Record<string, string | number>>;
  readonly points: readonly Pick<SurfacePoint, 'x' | 'y' | 'loss' | 'accuracy'>[];
}

const TWINS: readonly Recipe[] = [thinRecipe(56, 'A'), thinRecipe(56, 'none')];
const EPOCHS = 20;
const SIZE = 17; // points along a direction
const IMAGES = 500; // of those that the net is trained on

/** Trains one net and looks around it; limits other than the chapter's are for tests. */
export async function landscape(
  recipe: Recipe,
  data: DataSet,
  {
    images: most = THIN_IMAGES.train as number,
    epochs = EPOCHS,
    size = SIZE,
    looked = IMAGES,
    seed = 1,
  } = {},
): Promise<Landscape> {
  const images = take(data.train, most);
  const model = recipe.build(images, seed);
  const { optimizer } = model;
  try {
    const { epochs: records } = await toItsEnd(
      train(model, images, thinOptions(recipe, images, { seed, epochs })),
    );
    const { valAccuracy } = records.at(-1)!;
    const points: Landscape['points'][number][] = [];
    for await (const { x, y, loss, accuracy } of lossSurface(model, images, { size, images: looked, seed }))
      points.push({ x, y, loss: rounded(loss), accuracy: rounded(accuracy) });
    const conditions = {
      ...{ data: data.name, 'training images': most, epochs, seed },
      'training error, %': rounded(100 * (1 - valAccuracy!)),
      ...{ 'images at each point': looked, device: describeDevice() },
    };
    return { net: recipe.name, conditions, points };
  } finally {
    model.dispose();
    optimizer.dispose();
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}

async function main(): Promise<void> {
  const data = await loadData({
    ...{ source: 'cifar10', directory: path.join(__dirname, '..', 'data'), onMessage: console.log },
  });
  for (const recipe of TWINS) {
    const file = path.join(LANDSCAPES, `${recipe.name}.json`);
    if (fs.existsSync(file)) continue;
    const found = await landscape(recipe, data);
    await fs.promises.mkdir(LANDSCAPES, { recursive: true });
    await writeRecord(file, found);
    console.log(`${recipe.name}: training error ${found.conditions['training error, %']} %`);
  }
}

if (require.main === module) {
  main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
