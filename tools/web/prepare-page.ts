import fs from 'node:fs/promises';
import path from 'node:path';
import { checkModelFiles, MODEL_FILES } from '../../lib/src/train/model-files';
import {
  DATA_FOLDER,
  FILES,
  type NoSamples,
  type PageData,
  type SampleImages,
} from '../../web/src/page-data';
import { checkModel } from './check-model';
import type { ChosenModel } from './choose-model';
import { type Card, readCard } from './read-card';
import { sampleImages } from './sample-images';

export interface PrepareOptions {
  readonly model: ChosenModel;
  /** Where the page's data go: a folder of its own, emptied first. */
  readonly target: string;
  /** Where data sets lie. */
  readonly dataDirectory: string;
  /** `CIFAR10_DIR` names a folder with CIFAR-10. */
  readonly environment: { readonly CIFAR10_DIR?: string };
}

/**
 * Writes what the page shows: the model, what its card says, and samples of the data set that it was trained on.
 *
 * @throws Error when the model is none that the page can open; when samples cannot be had, the page says so
 */
export async function preparePage({ model, target, ...data }: PrepareOptions): Promise<PageData> {
  const { directory, origin } = model;
  const { name, side, classes } = await checkModel(directory);
  const card = await cardOf(directory, name, classes);
  if (classes !== card.classNames.length) {
    throw new Error(
      `cannot show the model in ${directory}; its card names ${card.classNames.length} classes: it has ${classes}`,
    );
  }
  const folder = path.join(target, DATA_FOLDER);
  await fs.rm(target, { recursive: true, force: true });
  await fs.mkdir(folder, { recursive: true });
  await copyModel(directory, folder);
  const { summary, facts, classNames, pixels } = card;
  const page: PageData = {
    model: { summary, origin, facts, classNames, side, pixels },
    samples: await writeSamples(card, folder, data),
  };
  await fs.writeFile(path.join(folder, FILES.page), JSON.stringify(page));
  return page;
}

async function cardOf(directory: string, name: string, classes: number): Promise<Card> {
  const file = path.join(directory, MODEL_FILES.card);
  try {
    const card = readCard(await fs.readFile(file, 'utf8'), name, classes);
    if (card.sha256) await checkModelFiles(directory, card.sha256);
    return card;
  } catch (error) {
    throw new Error(
      `cannot show the model in ${directory}; ${(error as Error).message}; the page needs a model with the card that ` +
        'notebook 04, npm run train and npm run import write',
      { cause: error },
    );
  }
}

/** Copies the model's files, and no others that may lie beside them. */
async function copyModel(from: string, to: string): Promise<void> {
  const text = await fs.readFile(path.join(from, FILES.model), 'utf8');
  const { weightsManifest } = JSON.parse(text) as {
    weightsManifest: readonly { paths: readonly string[] }[];
  };
  for (const name of [FILES.model, ...weightsManifest.flatMap(({ paths }) => paths)]) {
    await fs.copyFile(path.join(from, path.basename(name)), path.join(to, path.basename(name)));
  }
}

async function writeSamples(
  { data, classNames }: Card,
  folder: string,
  options: Pick<PrepareOptions, 'dataDirectory' | 'environment'>,
): Promise<SampleImages | NoSamples> {
  if (!data) {
    return {
      missing:
        'There are none: the images that this net was trained on are not part of resnet-lab. Upload a picture.',
    };
  }
  try {
    const { images, labels, imageShape } = await sampleImages(data.source, {
      classes: classNames.length,
      seed: data.seed,
      directory: options.dataDirectory,
      environment: options.environment,
    });
    await fs.writeFile(path.join(folder, FILES.samples), images);
    return { name: `${data.name} test images`, side: imageShape[0], labels: [...labels] };
  } catch (error) {
    return {
      missing: `There are none of ${data.name}: ${(error as Error).message}. Upload a picture instead.`,
    };
  }
}
