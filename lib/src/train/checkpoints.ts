/** Saves a training every now and then, so that it can go on after its process was killed. */
import { checkOptions, checkWholeNumber } from '../model/check-arguments';
import type { JsonObject } from './checkpoint-card';
import { type Accept, type Checkpoint, CheckpointError, CheckpointStore } from './checkpoint-store';
import type { Consumer } from './consumer';
import { type ConsumerStates, isConsumers, statesFrom, statesOf, stored } from './consumer-states';
import type { TrainingRecord } from './records';
import type { RunConfig } from './run-config';
import type { StoredTensor } from './safetensors';
import type { Place, Snapshot } from './snapshot';
import type { Training } from './training';

export interface CheckpointOptions {
  /** Seconds of training between two checkpoints; default 300. */
  readonly everySeconds?: number;
  /** Epochs between two checkpoints, each at the end of an epoch; default 1. */
  readonly everyEpochs?: number;
  /** Steps between two checkpoints; default: only as the other two say. */
  readonly everySteps?: number;
  /** How many of the newest stay, beside the one with the best validation accuracy; default 3. */
  readonly keep?: number;
}

/** What a checkpoint holds. */
export interface SavedTraining {
  readonly snapshot: Snapshot;
  readonly consumers: ConsumerStates;
}

export interface CheckpointsSetting {
  readonly directory: string;
  /** Of the run, versions and commit included: saved with every checkpoint. */
  readonly config: RunConfig;
  readonly options?: CheckpointOptions;
  /** Whose state is saved too. */
  readonly consumers: readonly Consumer[];
  /** Called before every save, to bring the log of the records up to it. */
  readonly beforeSave: () => Promise<void>;
  /** Told that one could not be saved, and why; the training goes on. */
  readonly onWarning: (message: string) => void;
}

/** @throws RangeError or TypeError which names the option and its value */
export function checkCheckpointOptions(options: CheckpointOptions): void {
  checkOptions('checkpoints', options, ['everySeconds', 'everyEpochs', 'everySteps', 'keep']);
  const { everySeconds, ...counts } = options;
  if (everySeconds !== undefined && !(everySeconds > 0)) {
    throw new RangeError(`invalid everySeconds; not a positive number: ${everySeconds}`);
  }
  for (const [name, value] of Object.entries(counts)) {
    if (value !== undefined) checkWholeNumber(name, value);
  }
}

/** A consumer that saves checkpoints into a directory of theirs. Put it last: it saves what the others have made of the record. */
export function checkpoints(setting: CheckpointsSetting): Consumer {
  const { options = {}, consumers, beforeSave, onWarning } = setting;
  const { everySeconds = 300, everyEpochs = 1, everySteps = Number.POSITIVE_INFINITY, keep } = options;
  const store = new CheckpointStore(setting.directory, { keep });
  let last: { readonly seconds: number; readonly step: number } | undefined;
  let owed = false;
  let warned: string | undefined;

  const isDue = (record: TrainingRecord, training: Training) => {
    if (training.stops) return true;
    if (record.kind === 'epoch') return record.epoch % everyEpochs === 0 || record.epoch === record.epochs;
    last ??= { seconds: now(), step: record.step - 1 };
    return record.step - last.step >= everySteps || now() - last.seconds >= everySeconds;
  };
  const save = async (record: TrainingRecord, training: Training) => {
    try {
      const snapshot = await training.snapshot().catch(unreadable);
      owed = snapshot === undefined; // in the middle of a call: at its end
      if (!snapshot) return;
      last = { seconds: now(), step: snapshot.place.step };
      await beforeSave();
      const score = record.kind === 'epoch' ? record.valAccuracy : undefined;
      await store.save(checkpointOf(setting.config, { snapshot, consumers: statesOf(consumers) }, score));
      warned = undefined;
    } catch (error) {
      if (!(error instanceof CheckpointError || error instanceof RangeError)) throw error; // RangeError: too large
      owed = false;
      const fault = error.message.replace(/\d+/g, ''); // the same one at another step is no news
      if (fault !== warned) onWarning(`${error.message}; the training goes on`);
      warned = fault;
    }
  };
  return {
    name: 'checkpoints',
    async onRecord(record, training) {
      owed ||= isDue(record, training);
      if (owed) await save(record, training);
    },
  };
}

/**
 * Reads the newest good checkpoint of a directory; undefined where there is none at all.
 *
 * @param accept throws for a checkpoint of another training
 * @returns also why newer ones were passed over
 * @throws CheckpointError when there are some, and none is good
 */
export async function readNewestCheckpoint(
  directory: string,
  accept?: Accept,
): Promise<{ saved: SavedTraining; passedOver: string[] } | undefined> {
  const store = new CheckpointStore(directory);
  if ((await store.list()).length === 0) return undefined;
  const { checkpoint, passedOver } = await store.loadNewestGood(accept);
  return { saved: savedTrainingOf(checkpoint), passedOver };
}

/** Of an optimizer that does not tell its state, such as TensorFlow.js's Adamax. */
function unreadable(error: Error): never {
  throw new CheckpointError(`cannot save a checkpoint; ${error.message}`, { cause: error });
}

function checkpointOf(
  config: RunConfig,
  { snapshot, consumers }: SavedTraining,
  score: number | undefined,
): Checkpoint {
  const states = stored(consumers);
  const tensors = new Map([...snapshot.tensors, ...states.tensors] as [string, StoredTensor][]);
  const place = snapshot.place as unknown as JsonObject;
  const meta = { config: config as unknown as JsonObject, place, consumers: states.values };
  return { step: snapshot.place.step, ...(score !== undefined && { score }), meta, tensors };
}

function savedTrainingOf({ meta, tensors }: Checkpoint): SavedTraining {
  const all = tensors as unknown as Snapshot['tensors'];
  const trained = new Map([...all].filter(([key]) => !isConsumers(key)));
  return {
    snapshot: { place: meta.place as unknown as Place, tensors: trained },
    consumers: statesFrom(meta.consumers!, all),
  };
}

/** Seconds of a clock that nobody sets. */
function now(): number {
  return performance.now() / 1000;
}
