import type { DataSet, DataSource } from '../data/split';
import { describeDevice, device } from '../tensorflow/device';
import { spellOut, withNumbers } from './json-lines';
import type { ModelFacts } from './model-files';
import type { EpochRecord } from './records';
import type { RunTest } from './run-folder';
import type { TrainingEnd } from './training';

/** What a saved model says about itself: enough to tell what it was trained on, how long, by what, and to do it again. */
export interface ModelCard extends Partial<ModelFacts> {
  readonly data: {
    /** Of the data set, e.g. `"CIFAR-10"`. */
    readonly name: string;
    readonly source: DataSource;
    /** In the order of the model's outputs. */
    readonly classNames: readonly string[];
    readonly trainImages: number;
    readonly testImages: number;
  };
  readonly seed: number;
  readonly batchSize: number;
  /** One record for every complete epoch. */
  readonly epochs: readonly EpochRecord[];
  /** {@link describeDevice} of the training process. */
  readonly device: string;
  /** Of Node, TensorFlow and TensorFlow.js. */
  readonly versions: Readonly<Record<string, string>>;
  /** Commit of the checkout that trained it; null where unknown. */
  readonly commit: string | null;
  /** Length of the training. */
  readonly seconds: number;
  readonly stopped: TrainingEnd['stopped'];
  /** Undefined in cards from before steps could be compiled: they ran eagerly. */
  readonly runner?: TrainingEnd['runner'];
  /** Of a training by a recipe: its name. */
  readonly recipe?: string;
  /** On the test split, where it was opened. */
  readonly test?: RunTest;
}

export interface CardOptions extends Pick<ModelCard, 'seed' | 'batchSize' | 'recipe' | 'test'> {
  /** Default: null, not known. */
  readonly commit?: string | null;
}

/** The card of a model that was just trained in this process on `data.train`. `saveModel` adds the net and the files' checksums. */
export function modelCard(data: DataSet, training: TrainingEnd, options: CardOptions): ModelCard {
  const { seed, batchSize, commit = null, recipe, test } = options;
  const found = device();
  return {
    data: {
      name: data.name,
      source: data.source,
      classNames: data.train.classNames,
      trainImages: data.train.labels.length,
      testImages: data.test.labels.length,
    },
    seed,
    batchSize,
    epochs: training.epochs,
    device: describeDevice(found),
    versions: { node: process.versions.node, tensorflow: found.tensorflow, tfjs: found.tfjs },
    commit,
    seconds: training.seconds,
    stopped: training.stopped,
    runner: training.runner,
    ...(recipe !== undefined && { recipe }),
    ...(test && { test }),
  };
}

/** JSON in which NaN and infinities, which an epoch record may hold and JSON lacks, stand as strings such as `"NaN"`. */
export function toJson(record: object): string {
  return `${JSON.stringify(record, spellOut, 2)}\n`;
}

/**
 * Reads a card that {@link toJson} wrote.
 *
 * @throws TypeError when the text is another's
 */
export function cardFromJson(text: string): ModelCard {
  const card = JSON.parse(text) as ModelCard;
  const named = typeof card?.data?.source === 'string' && Array.isArray(card.data.classNames);
  if (!named || !Array.isArray(card.epochs)) {
    throw new TypeError('invalid card; data.source, data.classNames and epochs are needed');
  }
  return { ...card, epochs: card.epochs.map(withNumbers) };
}
