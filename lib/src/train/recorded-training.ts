/** A training that leaves a run folder with its records, and checkpoints from which it can go on. */
import fs from 'node:fs';
import path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Split } from '../data/split';
import { type CheckpointOptions, checkpoints, readNewestCheckpoint, type SavedTraining } from './checkpoints';
import type { Consumer } from './consumer';
import { restoreStates, shareStates } from './consumer-states';
import { follow } from './follow';
import { goodWeights } from './good-weights';
import { jsonLines, truncateAfter } from './json-lines';
import { type Observer, Observers } from './observers';
import type { TrainingRecord } from './records';
import { differences, type RunConfig, settledConfig } from './run-config';
import { listRuns, RunFolder } from './run-folder';
import { lockRun } from './run-lock';
import { train } from './train';
import type { TrainingEnd, TrainOptions } from './training';

export interface RunSetting {
  /** Where the runs lie, each in a folder of its own. */
  readonly parent: string;
  /** Of this run's folder; default: time, model and seed. */
  readonly name?: string;
  /**
   * Goes on with the run of that name, or else with the newest one of the same configuration that has not ended, from its newest good
   * checkpoint. Where there is none, a new run begins.
   */
  readonly resume?: boolean;
  /** False: none. */
  readonly checkpoints?: CheckpointOptions | false;
}

export interface Attendants {
  readonly consumers: readonly Consumer[];
  readonly observers: readonly Observer[];
  /** Told what went wrong without stopping the training, and where a resumed one goes on. */
  readonly onMessage: (message: string) => void;
}

export interface RecordedEnd extends TrainingEnd {
  /** The run's folder. */
  readonly run: string;
}

/**
 * Trains, and keeps a record of it in a run folder, see {@link RunFolder}. The options must be those of the run's configuration.
 *
 * @throws whatever `train` throws; Error when the run's configuration is another, when another process writes it, or when it has
 *   checkpoints and none of them is good
 */
export async function recordedTraining(
  model: LayersModel,
  split: Split,
  options: TrainOptions,
  config: RunConfig,
  setting: RunSetting,
  { consumers, observers, onMessage }: Attendants,
): Promise<RecordedEnd> {
  const folder = await openRun(config, setting, onMessage);
  const lock = await lockRun(folder.directory);
  try {
    const good = goodWeights(model);
    const stateful = [good, ...consumers];
    const saved = setting.resume ? await savedIn(folder, stateful, onMessage) : undefined;
    if (options.cluster?.server) await shareStates(options.cluster, stateful);
    const epochs = [...(saved?.snapshot.place.records ?? [])];
    const file = path.join(folder.directory, 'records.jsonl');
    const log = new Observers([jsonLines(file, { append: saved !== undefined })], onMessage);
    const lookers = new Observers(observers, onMessage);
    if (saved) lookers.resume(saved.snapshot.place.records);
    const onRecord = (record: TrainingRecord) => {
      log.add(record);
      lookers.add(record);
      if (record.kind === 'epoch') epochs.push(record);
    };
    const saving = checkpoints({
      directory: path.join(folder.directory, CHECKPOINTS),
      config: settledConfig(config),
      options: setting.checkpoints || undefined,
      consumers: stateful,
      beforeSave: () => log.flush(),
      onWarning: onMessage,
    });
    const attending = [...consumers, ...(setting.checkpoints === false ? [] : [saving])];
    const training = train(model, split, { ...options, ...(saved && { from: saved.snapshot }) });
    try {
      const end = await follow(training, attending, onRecord, good);
      await folder
        .writeResult(end)
        .catch((error) => onMessage(`cannot write the run's result; ${error.message}`));
      return { ...end, run: folder.directory };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const { runner, seconds } = training;
      await folder.writeResult({ stopped: 'failed', reason, epochs, seconds, runner }).catch(() => {}); // the error itself tells more
      throw error;
    } finally {
      await Promise.all([log.close(), lookers.close()]);
    }
  } finally {
    lock.release();
  }
}

const CHECKPOINTS = 'checkpoints';

async function openRun(
  config: RunConfig,
  { parent, name, resume = false }: RunSetting,
  onMessage: Attendants['onMessage'],
): Promise<RunFolder> {
  const earlier = resume ? await runToResume(config, parent, name) : undefined;
  if (!earlier) return RunFolder.create(parent, config, name === undefined ? {} : { name });
  for (const difference of earlier.checkSameConfig(config)) {
    onMessage(`resuming run ${earlier.name} elsewhere than it began, which may change bits: ${difference}`);
  }
  return earlier;
}

async function runToResume(
  config: RunConfig,
  parent: string,
  name: string | undefined,
): Promise<RunFolder | undefined> {
  if (!fs.existsSync(parent)) return undefined;
  if (name !== undefined) {
    const directory = path.join(parent, name);
    return fs.existsSync(directory) ? RunFolder.open(directory) : undefined;
  }
  for (const run of (await listRuns(parent)).reverse()) {
    if (differences(run.config, config).length > 0) continue;
    const result = await run.result().catch(() => undefined); // a damaged one is written anew
    if (result?.stopped !== 'finished' && result?.stopped !== 'stopped') return run;
  }
  return undefined;
}

/** What the run's newest good checkpoint holds; consumers get their states, and the log ends where it was saved. */
async function savedIn(
  folder: RunFolder,
  consumers: readonly Consumer[],
  onMessage: Attendants['onMessage'],
): Promise<SavedTraining | undefined> {
  const found = await readNewestCheckpoint(path.join(folder.directory, CHECKPOINTS), ({ config }) =>
    checkOwn(folder.config, config as unknown as RunConfig),
  );
  if (!found) {
    await checkUnfinished(folder);
    return undefined;
  }
  const { snapshot, consumers: states } = found.saved;
  const { place } = snapshot;
  for (const why of found.passedOver) onMessage(why);
  onMessage(`resuming run ${folder.name} after step ${place.step}, in epoch ${place.epoch}`);
  restoreStates(consumers, states);
  const [had, has] = [[...states.keys()], consumers.filter(({ save }) => save).map(({ name }) => name)];
  if (had.join() !== has.join()) {
    onMessage(
      `resuming run ${folder.name} with other consumers, which may change what follows: ${had.join(', ')} before, ${has.join(', ')} now`,
    );
  }
  await truncateAfter(path.join(folder.directory, 'records.jsonl'), place.step, place.records.length);
  return found.saved;
}

/** A checkpoint that was copied here from another run would go on with that one's training. */
function checkOwn(own: RunConfig, saved: RunConfig): void {
  const found = differences(own, saved);
  if (found.length > 0) throw new Error(`it is another run's: ${found.join('; ')}`);
}

/** Beginning anew would take the records of a training away that nobody asked to repeat. */
async function checkUnfinished(folder: RunFolder): Promise<void> {
  const result = await folder.result();
  if (result?.stopped !== 'finished' && result?.stopped !== 'stopped') return;
  throw new Error(
    `cannot resume run ${folder.directory}; it needs a checkpoint: it has none, and has ended; choose another name`,
  );
}
