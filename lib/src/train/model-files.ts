import path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { sha256Of } from '../data/sha256';
import { configOf } from '../model/build-resnet';
import { countParameters } from '../model/layer-table';
import type { ResNetConfig } from '../model/resnet-config';
import { tf } from '../tensorflow/load';
import { writeDurably } from './durable-directory';

/** The layers format of TensorFlow.js (`tf.loadLayersModel('file://.../model.json')` reads it), and our card. */
export const MODEL_FILES = { topology: 'model.json', weights: 'weights.bin', card: 'card.json' } as const;

/** What the card of every model on disk says, whoever trained it. */
export interface ModelFacts {
  readonly net: {
    readonly name: string;
    /** [height, width, channels] of an image; null: any. */
    readonly inputShape: readonly (number | null)[];
    /** Numbers, the norms' moving statistics too. */
    readonly parameters: number;
    /** Of nets that {@link buildResNet} made: what it made them from. */
    readonly config?: ResNetConfig;
  };
  /** In hexadecimal digits, by the name of the file. */
  readonly sha256: Readonly<Record<string, string>>;
}

/**
 * Writes layers, weights and card into an empty directory; whether it appears as a whole is the caller's to see to.
 *
 * @param card turns what is known of the files into the text of the card
 */
export async function writeModelFiles(
  model: LayersModel,
  directory: string,
  card: (facts: ModelFacts) => string,
): Promise<void> {
  await model.save(tf.io.fileSystem(directory));
  const { topology, weights } = MODEL_FILES;
  const sha256 = {
    [topology]: await sha256Of(path.join(directory, topology)),
    [weights]: await sha256Of(path.join(directory, weights)),
  };
  const [, ...inputShape] = model.inputs[0].shape;
  const config = configOf(model);
  const net = {
    name: model.name,
    inputShape,
    parameters: countParameters(model).total,
    ...(config && { config }),
  };
  await writeDurably(path.join(directory, MODEL_FILES.card), [Buffer.from(card({ net, sha256 }))]);
}

/**
 * @param sha256 of {@link ModelFacts}
 * @throws Error when a file is missing, or other than when the card was written
 */
export async function checkModelFiles(directory: string, sha256: ModelFacts['sha256']): Promise<void> {
  for (const name of [MODEL_FILES.topology, MODEL_FILES.weights]) {
    const found = await sha256Of(path.join(directory, name));
    if (found !== sha256[name]) {
      throw new Error(`${name} is damaged: its sha256 differs from the one in ${MODEL_FILES.card}`);
    }
  }
}
