import fs from 'node:fs/promises';
import path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { cardFromJson, type ModelCard, toJson } from './model-card';
import { checkModelFiles, MODEL_FILES as FILES, writeModelFiles } from './model-files';
import { replaceDirectory } from './replace-directory';

/**
 * Saves layers, weights and card into a directory of their own; an older model there is replaced when all is written. The card is
 * written with the net and the files' checksums added.
 *
 * The optimizer's state is not saved: training that goes on from a loaded model starts with a fresh optimizer.
 *
 * @throws Error when `directory` is a file, or holds anything but a saved model
 */
export async function saveModel(model: LayersModel, directory: string, card: ModelCard): Promise<void> {
  await replaceDirectory(directory, Object.values(FILES), (aside) =>
    writeModelFiles(model, aside, (facts) => toJson({ ...card, ...facts })),
  );
}

/**
 * Loads what {@link saveModel} wrote. The model predicts at once; to train it further, compile it first. The caller disposes it.
 *
 * @throws Error when a file is missing, truncated, changed or another's; it names the directory and the remedy
 */
export async function loadModel(directory: string): Promise<{ model: LayersModel; card: ModelCard }> {
  try {
    const card = cardFromJson(await read(directory, FILES.card));
    await checkWeights(directory);
    if (card.sha256) await checkModelFiles(directory, card.sha256);
    const model = await tf.loadLayersModel(tf.io.fileSystem(path.join(directory, FILES.topology)));
    return { model, card };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `cannot load a model from ${directory}; ${why}; train and save it again, as notebook 04 does`,
      { cause: error },
    );
  }
}

interface Topology {
  readonly format?: string;
  readonly weightsManifest?: readonly { paths: string[]; weights: { shape: number[]; dtype: string }[] }[];
}

/** TensorFlow.js reads a weights file that is too short with an error about array offsets; ours says what is wrong. */
async function checkWeights(directory: string): Promise<void> {
  const { format, weightsManifest } = JSON.parse(await read(directory, FILES.topology)) as Topology;
  const group = weightsManifest?.[0];
  if (format !== 'layers-model' || weightsManifest?.length !== 1 || group?.paths[0] !== FILES.weights) {
    throw new Error(`${FILES.topology} is not a layers model with its weights in ${FILES.weights}`);
  }
  const expected = group.weights
    .map(({ shape, dtype }) => tf.util.sizeFromShape(shape) * tf.util.bytesPerElement(dtype as 'float32'))
    .reduce((sum, bytes) => sum + bytes, 0);
  const { size } = await fs.stat(path.join(directory, FILES.weights)).catch(() => missing(FILES.weights));
  if (size !== expected) throw new Error(`${FILES.weights} must hold ${expected} bytes: ${size}`);
}

async function read(directory: string, name: string): Promise<string> {
  const text = await fs.readFile(path.join(directory, name), 'utf8').catch(() => missing(name));
  try {
    JSON.parse(text);
  } catch {
    throw new Error(`${name} is damaged: not JSON`);
  }
  return text;
}

function missing(name: string): never {
  throw new Error(`${name} is missing`);
}
