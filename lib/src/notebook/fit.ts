/** Training with everything one wants to see meanwhile, and everything one wants to have afterwards. */
import path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { DataSet, Split } from '../data/split';
import { type CheckpointOptions, checkCheckpointOptions } from '../train/checkpoints';
import { type Consumer, checkConsumers } from '../train/consumer';
import { shareStates } from '../train/consumer-states';
import { follow } from '../train/follow';
import { goodWeights } from '../train/good-weights';
import { type Observer, Observers } from '../train/observers';
import { recordedTraining } from '../train/recorded-training';
import type { TrainingRecord } from '../train/records';
import { runConfigOf } from '../train/run-config-of';
import { train } from '../train/train';
import { TRAIN_OPTIONS, type TrainingEnd, type TrainOptions } from '../train/training';
import { codeVersion } from './checkout';
import { interruptible } from './interruptible';
import { currentOutput, type Output } from './output';
import { outputDirectory } from './settings';
import { speedOfWorkers, summary, TrainingView } from './training-view';

export interface FitOptions extends Omit<TrainOptions, 'from'> {
  /** Called with every record, at its own pace. An error that it throws is shown and stops nothing. */
  readonly onRecord?: (record: TrainingRecord) => void | Promise<void>;
  /** Look on without slowing the training, e.g. `tensorBoard(directory)`. */
  readonly observers?: readonly Observer[];
  /** Take part between two steps, e.g. `earlyStopping()`. */
  readonly consumers?: readonly Consumer[];
  /** Of the plot and the run; default: the split's name. */
  readonly title?: string;
  /** Name of the run's folder, which gets configuration, records, result and checkpoints; false: none. Default: time, model and seed. */
  readonly run?: string | false;
  /** Where the runs lie; default `runs` where the notebooks' results go. */
  readonly runs?: string;
  /**
   * Goes on with the run of that name, or with the newest one of the same configuration that did not end, from its newest good
   * checkpoint; without one a new run begins. Default false.
   */
  readonly resume?: boolean;
  /** When to save checkpoints; default after every epoch and every five minutes. False: never. */
  readonly checkpoints?: CheckpointOptions | false;
  /** The data set that the split is from, for the run's record. */
  readonly data?: Pick<DataSet, 'name' | 'source'>;
}

export interface FitEnd extends TrainingEnd {
  /** The run's folder; undefined without one. */
  readonly run?: string;
}

const DEFAULT_EPOCHS = 10; // as in the article

const OPTIONS = [
  ...TRAIN_OPTIONS,
  ...['onRecord', 'observers', 'consumers', 'title', 'run', 'runs', 'resume', 'checkpoints', 'data'],
];

/**
 * Trains a compiled model and shows a progress bar, one line an epoch and the loss and accuracy as a plot that grows. The training
 * leaves a run folder with its configuration, records, result and checkpoints, see `loadRuns` and `compareRuns`.
 *
 * An interrupt ends the training after the running step and keeps the weights, unless the options bring a signal of the
 * caller's own.
 *
 * In a cluster every worker calls it, with the same model, images and options. Worker 0 shows the training, with a second
 * plot of how fast each worker is and how long it waits, and keeps the run; the others keep nothing, and get from it where a resumed
 * training goes on. All end with the same weights.
 *
 * @throws TypeError for an option it does not know, and whatever `train()` throws; when the loss diverges, the model has its last good
 *   weights again
 */
export async function fit(
  model: LayersModel,
  split: Split,
  options: FitOptions = {},
  output: Output = currentOutput(),
): Promise<FitEnd> {
  for (const name of Object.keys(options)) {
    if (OPTIONS.includes(name)) continue;
    throw new TypeError(`unknown option of fit; not one of ${OPTIONS.join(', ')}: ${name}`);
  }
  if (options.resume && options.run === false) {
    throw new TypeError('cannot resume; a run is needed for that: run is false; give it a name');
  }
  if (options.checkpoints && options.run === false) {
    throw new TypeError('cannot save checkpoints; a run is needed for that: run is false; give it a name');
  }
  if (options.checkpoints) checkCheckpointOptions(options.checkpoints);
  checkConsumers(options.consumers ?? []);
  const { signal } = options;
  const run = async (signal: AbortSignal) => {
    try {
      return await watched(model, split, { ...options, signal }, output);
    } catch (error) {
      throw (await options.cluster?.explain(error)) ?? error;
    }
  };
  return signal ? run(signal) : interruptible(run, output);
}

type Interruptible = FitOptions & { readonly signal: AbortSignal };

async function watched(
  model: LayersModel,
  split: Split,
  options: Interruptible,
  output: Output,
): Promise<FitEnd> {
  const { title = `Training on ${split.name}`, onRecord, observers = [], consumers = [], cluster } = options;
  const onMessage = (message: string) => output.print(message);
  if (cluster && cluster.index > 0) {
    return unrecorded(model, split, options, { consumers, observers: [], onMessage });
  }
  const view = new TrainingView(title, options.epochs ?? DEFAULT_EPOCHS, output);
  const display: Observer = {
    name: 'display',
    onResume: (epochs) => view.resume(epochs),
    onRecord: (record) => view.add(record),
    close: () => view.finish(),
  };
  const own: Observer[] = onRecord ? [{ name: 'onRecord', onRecord }] : [];
  const attendants = {
    consumers,
    observers: [display, ...own, ...observers],
    onMessage: (message: string) => view.print(message),
  };
  const end = await (options.run === false
    ? unrecorded(model, split, options, attendants)
    : recorded(model, split, { ...options, title }, attendants));
  view.print(summary(end));
  for (const line of speedOfWorkers(end.epochs)) view.print(line);
  return end;
}

type Attendants = Parameters<typeof recordedTraining>[5];

function recorded(
  model: LayersModel,
  split: Split,
  options: Interruptible,
  attendants: Attendants,
): Promise<FitEnd> {
  const trainOptions = trainOptionsOf(options);
  const { title, data, run, resume, checkpoints } = options;
  train(model, split, trainOptions); // refuses what cannot be before anything is written
  const config = runConfigOf(model, split, trainOptions, { title, data, commit: codeVersion() });
  const parent = options.runs ?? path.join(outputDirectory(), 'runs');
  const setting = { parent, ...(run && { name: run }), resume, checkpoints };
  return recordedTraining(model, split, trainOptions, config, setting, attendants);
}

async function unrecorded(
  model: LayersModel,
  split: Split,
  options: Interruptible,
  { consumers, observers, onMessage }: Attendants,
): Promise<TrainingEnd> {
  const good = goodWeights(model);
  if (options.cluster?.server) await shareStates(options.cluster, [good, ...consumers]);
  const lookers = new Observers(observers, onMessage);
  try {
    const training = train(model, split, trainOptionsOf(options));
    return await follow(training, consumers, (record) => lookers.add(record), good);
  } finally {
    await lookers.close();
  }
}

function trainOptionsOf(options: Interruptible): TrainOptions & { readonly signal: AbortSignal } {
  const known = Object.entries(options).filter(([name]) => TRAIN_OPTIONS.includes(name));
  return { epochs: DEFAULT_EPOCHS, ...Object.fromEntries(known), signal: options.signal };
}
