/** What a run leaves in `run.json`: its result, and all that made it. Nothing in it is written by hand. */
import fs from 'node:fs';
import path from 'node:path';
import type { EvaluationRecord } from '../../lib/src/evaluate/save-evaluation';
import type { Settings } from '../../lib/src/notebook/settings';
import type { ModelCard } from '../../lib/src/train/model-card';
import type { EpochRecord } from '../../lib/src/train/records';
import type { FailureKind } from './failure';
import type { NotebookRun } from './run-notebook';

export interface RunRecord {
  readonly status: 'finished' | 'failed' | 'interrupted';
  /** ISO 8601 */
  readonly started: string;
  readonly seconds: number;
  /** On the test images, 0..1; null when the run trained and evaluated nothing. */
  readonly accuracy: number | null;
  /** Cross-entropy on the test images. */
  readonly loss: number | null;
  /** The file that accuracy and loss come from. */
  readonly measuredIn: 'evaluation.json' | 'model/card.json' | null;
  readonly dataSet: { readonly name: string; readonly source: string };
  /** Null where the run did not count them. */
  readonly images: { readonly train: number; readonly test: number } | null;
  readonly settings: Pick<Settings, 'data' | 'epochs' | 'images' | 'seed'>;
  /** Of the model: null when there is none. */
  readonly training: {
    /** Trained by notebook 04, left by an earlier run, or trained shortly by notebook 05 for want of both. */
    readonly origin: 'this run' | 'earlier run' | 'stand-in';
    readonly epochs: number;
    readonly seed: number;
    readonly batchSize: number;
    readonly seconds: number;
    readonly secondsPerEpoch: readonly number[];
    readonly stopped: string;
    /** `'compiled'` or `'eager'`; undefined in older records, which are eager. */
    readonly runner?: string;
    readonly device: string;
    readonly commit: string | null;
    readonly history: readonly EpochRecord[];
  } | null;
  /** Null when no notebook loaded TensorFlow. */
  readonly device: string | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string | null;
  readonly notebooks: readonly NotebookRecord[];
}

export interface NotebookRecord {
  readonly name: string;
  readonly status: NotebookRun['status'];
  readonly cells: number;
  readonly seconds: number;
  readonly failure?: { readonly kind: FailureKind; readonly cell?: number; readonly message: string };
}

/** The data set as it was found before the first notebook. */
export interface DataSetFacts {
  readonly name: string;
  readonly source: string;
  readonly images?: { readonly train: number; readonly test: number };
}

/** What one kernel says about the machine. */
export interface DeviceFacts {
  readonly description: string;
  readonly tensorflow: string;
  readonly tfjs: string;
}

export interface RecordInput {
  readonly started: Date;
  readonly seconds: number;
  readonly settings: Settings;
  readonly dataSet: DataSetFacts;
  readonly runs: readonly NotebookRun[];
  /** Whether it was stopped before its last notebook. */
  readonly interrupted: boolean;
  /** Where this run's notebooks wrote. */
  readonly folder: string;
  readonly device: DeviceFacts | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string | null;
}

export function runRecord(input: RecordInput): RunRecord {
  const { runs, settings, folder, device, dataSet } = input;
  const evaluation = readJson<EvaluationRecord>(path.join(folder, 'evaluation.json'));
  const own = readJson<ModelCard>(path.join(folder, 'model', 'card.json'));
  const card = evaluation?.model ?? own;
  const last = own?.epochs.at(-1);
  return {
    status:
      runs.find((run) => run.status !== 'finished')?.status ??
      (input.interrupted ? 'interrupted' : 'finished'),
    started: input.started.toISOString(),
    seconds: input.seconds,
    accuracy: evaluation?.accuracy ?? finite(last?.valAccuracy),
    loss: evaluation?.loss ?? finite(last?.valLoss),
    measuredIn: evaluation ? 'evaluation.json' : last ? 'model/card.json' : null,
    dataSet: { name: card?.data.name ?? dataSet.name, source: card?.data.source ?? dataSet.source },
    images: card
      ? { train: card.data.trainImages, test: evaluation?.images ?? card.data.testImages }
      : (dataSet.images ?? null),
    settings: {
      data: settings.data,
      epochs: settings.epochs,
      ...(settings.images !== undefined && { images: settings.images }),
      seed: settings.seed,
    },
    training: card
      ? {
          origin: evaluation?.standIn ? 'stand-in' : own ? 'this run' : 'earlier run',
          epochs: card.epochs.length,
          seed: card.seed,
          batchSize: card.batchSize,
          seconds: card.seconds,
          secondsPerEpoch: card.epochs.map(({ seconds }) => seconds),
          stopped: card.stopped,
          runner: card.runner ?? 'eager',
          device: card.device,
          commit: card.commit,
          history: card.epochs,
        }
      : null,
    device: device?.description ?? own?.device ?? null,
    versions: { ...own?.versions, ...input.versions, ...(device && pick(device)) },
    commit: input.commit,
    notebooks: runs.map(notebookRecord),
  };
}

function notebookRecord({ name, status, cells, seconds, failure }: NotebookRun): NotebookRecord {
  const { kind, cell, message } = failure ?? {};
  return { name, status, cells, seconds, ...(kind && { failure: { kind, cell, message: message! } }) };
}

function pick({ tensorflow, tfjs }: DeviceFacts): Record<string, string> {
  return { tensorflow, tfjs };
}

/** JSON lacks NaN: a card spells it out as text. */
function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function readJson<T>(file: string): T | undefined {
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as T) : undefined;
}
