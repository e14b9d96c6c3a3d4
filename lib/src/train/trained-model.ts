import fs from 'node:fs';
import path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { DataSet } from '../data/split';
import { take } from '../data/take';
import { adam } from '../model/keras-defaults';
import { ResNet } from '../model/resnet';
import { checkFits } from './check-fits';
import { type ModelCard, modelCard } from './model-card';
import type { TrainingRecord } from './records';
import { loadModel } from './save-model';
import { toItsEnd } from './to-its-end';
import { train } from './train';

export interface TrainedModelOptions {
  /** Where a saved model may lie; the first one that fits the data is taken. */
  readonly directories: readonly string[];
  readonly data: DataSet;
  /** Of the stand-in's initial weights and the order of its images. */
  readonly seed: number;
  /** The stand-in gets fewer when this is less than 2. */
  readonly epochs: number;
  /** Says where the model comes from, and why a saved one was passed over. */
  readonly onMessage: (message: string) => void;
  /** Sees the stand-in's training. */
  readonly onRecord?: (record: TrainingRecord) => void;
  /** Stops the stand-in's training; the model is returned as it is then. */
  readonly signal?: AbortSignal;
}

export interface TrainedModel {
  /** Compiled as in the article; the caller disposes it. */
  readonly model: LayersModel;
  readonly card: ModelCard;
  /** True for the stand-in. */
  readonly trainedHere: boolean;
}

/** Under 20 s on two cores. A third of CIFAR-10's test images come out right, where chance has a tenth. */
const STAND_IN = { images: 2000, epochs: 2, batchSize: 32, momentum: 0.9 };

/**
 * A model of the data set to look at: a saved one whose card names the same data source and classes, else a stand-in, trained
 * here in seconds and announced as such. The stand-in is not saved, lest it be taken for the real one.
 *
 * A saved model that is damaged or does not fit is passed over with a message.
 */
export async function trainedModel(options: TrainedModelOptions): Promise<TrainedModel> {
  const { directories, data, onMessage } = options;
  for (const directory of new Set(directories.map((name) => path.resolve(name)))) {
    if (!fs.existsSync(directory)) continue;
    try {
      const saved = await loadFitting(directory, data);
      onMessage(`Model from ${directory}: ${history(saved.card)}`);
      return { ...saved, trainedHere: false };
    } catch (error) {
      onMessage(`Passed over: ${error instanceof Error ? error.message : error}`);
    }
  }
  return trainStandIn(options);
}

async function loadFitting(
  directory: string,
  data: DataSet,
): Promise<{ model: LayersModel; card: ModelCard }> {
  const { model, card } = await loadModel(directory);
  try {
    const { source, classNames } = card.data;
    const same = source === data.source && classNames.join('\n') === data.train.classNames.join('\n');
    if (!same) {
      throw new Error(
        `the model in ${directory} was trained on other data (${card.data.name}) than ${data.name}`,
      );
    }
    checkFits(model, data.train);
  } catch (error) {
    model.dispose();
    throw error;
  }
  compileAsInArticle(model);
  return { model, card };
}

async function trainStandIn({
  data,
  seed,
  epochs: wanted,
  onMessage,
  onRecord,
  signal,
}: TrainedModelOptions) {
  const part = take(data.train, STAND_IN.images);
  const epochs = Math.min(wanted, STAND_IN.epochs);
  const { batchSize } = STAND_IN;
  onMessage(
    `No saved model of ${data.name}: training a short stand-in (${count(epochs, 'epoch')} on ` +
      `${count(part.labels.length, 'image')}); its results are poor, run notebook 04 for the real one`,
  );
  const model = ResNet(data.train.classNames.length, { inputShape: part.imageShape, seed });
  compileAsInArticle(model);
  const restore = setMomentum(model, STAND_IN.momentum);
  const end = await toItsEnd(train(model, part, { epochs, batchSize, seed, signal }), onRecord);
  restore();
  const card = modelCard({ ...data, train: part }, end, { seed, batchSize });
  return { model, card, trainedHere: true };
}

function compileAsInArticle(model: LayersModel): void {
  model.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
}

/**
 * Makes the moving averages of batch norm forget faster, and returns a function that undoes it. With the usual 0.99 they still
 * hold a quarter of their initial values after a stand-in's 126 steps, and the model would classify at random.
 */
function setMomentum(model: LayersModel, momentum: number): () => void {
  const norms = model.layers.filter((layer) => layer.getClassName() === 'BatchNormalization');
  const layers = norms as unknown as { momentum: number }[];
  const before = layers.map((layer) => layer.momentum);
  for (const layer of layers) layer.momentum = momentum;
  return () => {
    layers.forEach((layer, i) => {
      layer.momentum = before[i];
    });
  };
}

/** `10 epochs on 50,000 images of CIFAR-10, seed 1`. */
function history({ data, epochs, seed, stopped }: ModelCard): string {
  const interrupted = stopped === 'aborted' ? ', interrupted' : '';
  return `${count(epochs.length, 'epoch')} on ${count(data.trainImages, 'image')} of ${data.name}, seed ${seed}${interrupted}`;
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`;
}
