/** One worker of the tests of training in a cluster: `cluster-training-program.ts '{"hosts", "index", ...}'`. Says lines of JSON. */
import fs from 'node:fs';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { Cluster } from '../../lib/src/cluster/cluster';
import { ClusterError } from '../../lib/src/cluster/cluster-error';
import { type FitOptions, fit } from '../../lib/src/notebook/fit';
import { exitAtOnce } from '../../lib/src/tensorflow/exit-at-once';
import { tf } from '../../lib/src/tensorflow/load';
import type { TrainingRecord } from '../../lib/src/train/records';
import { copyWeights, digestOf } from '../../lib/src/train/weight-copy';
import { capturedTerminal } from '../notebook/captured-output';
import { tinyModel, tinySplit } from './tiny-problem';

export interface WorkerTask {
  readonly hosts: readonly string[];
  readonly index: number;
  /** Passed on. */
  readonly fit: Pick<
    FitOptions,
    | 'epochs'
    | 'batchSize'
    | 'seed'
    | 'averageDecay'
    | 'clipNorm'
    | 'stepsPerCall'
    | 'dropLast'
    | 'run'
    | 'runs'
    | 'resume'
    | 'checkpoints'
  >;
  readonly optimizer?: 'sgd' | 'adam';
  readonly images?: number;
  readonly validates?: boolean;
  readonly augments?: boolean;
  readonly connect?: object;
  /** Waits so many milliseconds after every step, so that there is time to be killed. */
  readonly slowMs?: number;
  /** Of this worker's data, where it has other images than the rest. */
  readonly dataSeed?: number;
  /** Has other weights after that step, as a processor of another kind would. */
  readonly drifts?: number;
  /** Throws in a consumer after that step. */
  readonly fails?: number;
  /** Stops by an abort signal after that step. */
  readonly abortAfter?: number;
  /** After its training, before it looks at its weights: is killed, or waits until it has noticed that another one was. */
  readonly afterwards?: 'killed' | 'bereaved';
}

export const IMAGES = 46; // in batches of 12: an epoch ends with a smaller one, which three workers do not divide

/** @param own whether its weights are other ones than worker 0's, which it gets in their place */
export function builtModel(optimizer: WorkerTask['optimizer'] = 'sgd', own = false): LayersModel {
  const model = tinyModel({ compiled: false });
  if (own) tf.tidy(() => model.setWeights(model.getWeights().map((weight) => weight.mul(3))));
  const made = optimizer === 'adam' ? tf.train.adam(0.01) : tf.train.sgd(0.05);
  model.compile({ optimizer: made, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** In the last bits. */
function drift(model: LayersModel): void {
  tf.tidy(() => model.setWeights(model.getWeights().map((weight) => weight.mul(1 + 1e-6))));
}

/** Of all weights, moving statistics included. */
export function digest(model: LayersModel): string {
  return digestOf(copyWeights(model));
}

function say(value: unknown): void {
  fs.writeSync(1, `${JSON.stringify(value)}\n`);
}

async function work(task: WorkerTask): Promise<void> {
  const { hosts, index, images = IMAGES, validates, augments, slowMs, dataSeed = 1, abortAfter } = task;
  const cluster = await Cluster.connect({
    ...{ hosts, index, startSeconds: 60, silenceSeconds: 20, intraOpThreads: 1, ...task.connect },
    onMessage: (message) => say({ message }),
  });
  say({ connected: index });
  const model = builtModel(task.optimizer, index > 0);
  const before = tf.memory().numTensors;
  const aborting = new AbortController();
  const records: TrainingRecord[] = [];
  const watch = {
    name: 'watch',
    async onRecord(record: TrainingRecord) {
      records.push(record);
      if (record.kind === 'step') {
        say({ step: record.step, loss: record.loss });
        if (record.step === abortAfter) aborting.abort();
        if (record.step === task.drifts) drift(model);
        if (record.step === task.fails) throw new Error('a consumer that fails');
        if (slowMs) await new Promise((resolve) => setTimeout(resolve, slowMs));
      }
    },
  };
  const end = await fit(
    model,
    tinySplit(images, dataSeed),
    {
      ...{ batchSize: 12, seed: 7, run: false, consumers: [watch], cluster, ...task.fit },
      ...(validates && { validation: tinySplit(20, 2) }),
      ...(augments && { augmentation: { crop: { pad: 1 }, flip: 'alternating' } }),
      ...(abortAfter !== undefined && { signal: aborting.signal }),
    },
    capturedTerminal().output,
  );
  if (task.afterwards === 'bereaved') await cluster.fault.catch(() => {});
  say({
    ...{ index, stopped: end.stopped, digest: digest(model), left: tf.memory().numTensors - before },
    losses: records.flatMap((record) => (record.kind === 'step' ? [record.loss] : [])),
    epochs: end.epochs,
  });
  if (task.afterwards === 'killed') process.kill(process.pid, 'SIGKILL');
  await cluster.leave();
}

/** As the tests say it, or as `runLocally` starts it: `TASK [--resume] --hosts A,B --index K`. */
function toldTask([text, ...others]: readonly string[]): WorkerTask {
  const task: WorkerTask = JSON.parse(text);
  const [hosts, index] = ['--hosts', '--index'].map((name) => others[others.indexOf(name) + 1]);
  if (others.length === 0) return task;
  const resume = others.includes('--resume');
  return { ...task, hosts: hosts.split(','), index: Number(index), fit: { ...task.fit, resume } };
}

if (require.main === module) {
  work(toldTask(process.argv.slice(2))).then(
    () => exitAtOnce(0),
    (error: Error) => {
      say({ error: error.message, kind: error instanceof ClusterError ? error.kind : error.name });
      exitAtOnce(error instanceof ClusterError ? error.exitCode : 1);
    },
  );
}
