import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Optimizer } from '@tensorflow/tfjs-node-gpu';
import { adam } from '../../lib/src/model/keras-defaults';
import { tf } from '../../lib/src/tensorflow/load';
import { CheckpointStore } from '../../lib/src/train/checkpoint-store';
import {
  type CheckpointOptions,
  checkCheckpointOptions,
  checkpoints,
  readNewestCheckpoint,
} from '../../lib/src/train/checkpoints';
import type { Consumer, ConsumerState } from '../../lib/src/train/consumer';
import { earlyStopping } from '../../lib/src/train/early-stopping';
import { follow } from '../../lib/src/train/follow';
import { goodWeights } from '../../lib/src/train/good-weights';
import type { TrainingRecord } from '../../lib/src/train/records';
import { settledConfig } from '../../lib/src/train/run-config';
import { runConfigOf } from '../../lib/src/train/run-config-of';
import type { Snapshot } from '../../lib/src/train/snapshot';
import { train } from '../../lib/src/train/train';
import type { TrainOptions } from '../../lib/src/train/training';
import { withoutLeaks } from '../no-leaks';
import { temporaryFolder } from '../temporary-folder';
import { dispose, dropoutModel } from './resumable';
import { tinySplit } from './tiny-problem';

const split = tinySplit(40);
const OPTIONS: TrainOptions = { epochs: 3, batchSize: 16, seed: 3 }; // 3 steps an epoch

interface Scene {
  readonly t: TestContext;
  readonly options?: CheckpointOptions;
  readonly training?: TrainOptions;
  readonly optimizer?: () => Optimizer;
  readonly consumers?: readonly Consumer[];
  readonly abort?: AbortController;
  readonly atRecord?: (record: TrainingRecord, directory: string) => void;
}

/** A whole training with its checkpoints. */
async function saved({
  t,
  options,
  training: more,
  optimizer = () => adam(0.01),
  consumers = [],
  ...scene
}: Scene) {
  const directory = path.join(temporaryFolder(t), 'checkpoints');
  const { abort = new AbortController(), atRecord } = scene;
  const warnings: string[] = [];
  const flushedAt: number[] = [];
  const snapshots = new Map<number, Snapshot | undefined>();
  let last: TrainingRecord | undefined;
  await withoutLeaks(async () => {
    const model = dropoutModel(optimizer());
    const saving = checkpoints({
      directory,
      config: settledConfig(runConfigOf(model, split, {})),
      options,
      consumers,
      beforeSave: async () => void flushedAt.push(last!.step!),
      onWarning: (message) => warnings.push(message),
    });
    const look: Consumer = {
      name: 'look',
      async onRecord(record, training) {
        snapshots.set(record.step!, await training.snapshot().catch(() => undefined));
      },
    };
    const training = train(model, split, { ...OPTIONS, ...more, signal: abort.signal });
    await follow(training, [look, ...consumers, saving], (record) => {
      last = record;
      atRecord?.(record, directory);
    });
    dispose(model);
  });
  const steps = (await new CheckpointStore(directory).list()).map(({ step }) => step);
  return { directory, warnings, flushedAt, snapshots, steps };
}

test('by default a checkpoint is saved after every epoch, the log of records first, and three stay', async (t) => {
  const { steps, flushedAt, warnings } = await saved({ t, training: { epochs: 5 } });
  assert.deepEqual(flushedAt, [3, 6, 9, 12, 15]);
  assert.deepEqual(steps, [9, 12, 15]);
  assert.deepEqual(warnings, []);
});

test('every so many steps, epochs and seconds, and in any case at the end', async (t) => {
  const everySteps = await saved({ t, options: { everySteps: 2, everyEpochs: 100 } });
  assert.deepEqual(everySteps.flushedAt, [2, 4, 6, 8, 9]);
  const everyEpochs = await saved({ t, options: { everyEpochs: 2 } });
  assert.deepEqual(everyEpochs.flushedAt, [6, 9]);
  const clock = t.mock.method(performance, 'now', () => 1000 * seconds);
  let seconds = 100;
  const everySeconds = await saved({
    t,
    options: { everySeconds: 25, everyEpochs: 100 },
    atRecord: () => {
      seconds += 10;
    },
  });
  clock.mock.restore();
  // a record every 10 seconds, epochs among them: step 4 comes 40 seconds after the first, step 7 another 40 after step 4
  assert.deepEqual(everySeconds.flushedAt, [4, 7, 9]);
});

test('a training that goes on counts its steps from where it began', async (t) => {
  const { snapshots } = await saved({ t });
  const { flushedAt } = await saved({
    t,
    training: { from: snapshots.get(3) },
    options: { everySteps: 2, everyEpochs: 100 },
  });
  assert.deepEqual(flushedAt, [5, 7, 9, 9], 'the last step, and the end of its epoch');
});

test('an abort saves a checkpoint at its very step, one of a call of several steps at the end of the call', async (t) => {
  for (const [stepsPerCall, expected] of [
    [1, [4]],
    [2, [5]],
  ] as const) {
    const abort = new AbortController();
    const { flushedAt } = await saved({
      t,
      abort,
      training: { stepsPerCall },
      options: { everyEpochs: 100 },
      atRecord: ({ step }) => step === 4 && abort.abort(),
    });
    assert.deepEqual(flushedAt, expected);
  }
});

test('what is read back is what was saved: the training, and the states of its consumers', async (t) => {
  const kernel = { dtype: 'float32', shape: [2], values: Float32Array.of(1, Number.NaN) } as const;
  const state: ConsumerState = {
    values: { count: 3, best: Number.NEGATIVE_INFINITY, none: null, '1': 'one' },
    tensors: new Map([['a/b', kernel]]),
  };
  const restored: ConsumerState[] = [];
  const odd: Consumer = {
    name: 'consumers/0/odd "name"',
    onRecord: () => {},
    save: () => state,
    restore: (found) => void restored.push(found),
  };
  const stopping = earlyStopping({ metric: 'loss' });
  const stateless: Consumer = { name: 'stateless', onRecord: () => {} };
  const { directory, snapshots } = await saved({ t, consumers: [stopping, odd, stateless] });
  const found = await readNewestCheckpoint(directory);
  assert.deepEqual(found?.passedOver, []);
  const { snapshot, consumers } = found!.saved;
  const { seconds: _, ...place } = snapshot.place;
  const { seconds: __, ...expected } = snapshots.get(9)!.place;
  assert.deepEqual(place, expected);
  assert.deepEqual(new Map([...snapshot.tensors].sort()), new Map([...snapshots.get(9)!.tensors].sort()));
  assert.deepEqual([...consumers.keys()], ['early stopping', odd.name]);
  assert.deepEqual(consumers.get(odd.name), state);
  assert.deepEqual(consumers.get('early stopping')!.values, stopping.save!().values);
});

test('a damaged newest checkpoint is passed over by name; when all are damaged none is taken', async (t) => {
  const { directory } = await saved({ t });
  const state = (step: number) => path.join(directory, `step-0000000${step}`, 'state.safetensors');
  fs.truncateSync(state(9), 100);
  const bytes = fs.readFileSync(state(6));
  bytes[bytes.length - 3] ^= 4;
  fs.writeFileSync(state(6), bytes);
  const found = await readNewestCheckpoint(directory);
  assert.equal(found?.saved.snapshot.place.step, 3);
  const damaged = 'state.safetensors is damaged (its sha256 differs from SHA256SUMS)';
  const remedy = 'resume from step-00000003, the newest good one, or delete it';
  assert.deepEqual(
    found?.passedOver,
    [9, 6].map((step) => `cannot resume from ${path.dirname(state(step))}; ${damaged}; ${remedy}`),
  );
  fs.rmSync(path.join(directory, 'step-00000003', 'checkpoint.json'));
  await assert.rejects(readNewestCheckpoint(directory), {
    name: 'CheckpointError',
    message: `cannot resume from ${path.dirname(state(9))}; ${damaged}; delete it`,
  });
});

test('where there is no checkpoint there is nothing to read', async (t) => {
  assert.equal(await readNewestCheckpoint(path.join(temporaryFolder(t), 'none')), undefined);
});

test('a fault is told once, the training goes on, and when it is mended the next checkpoint is saved', async (t) => {
  const { directory, warnings, steps } = await saved({
    t,
    options: { everySteps: 1, everyEpochs: 100, keep: 9 },
    atRecord({ kind, step }, directory) {
      if (kind === 'step' && step === 3) {
        fs.renameSync(directory, `${directory}-away`);
        fs.writeFileSync(directory, 'a file in its place');
      }
      if (kind === 'step' && step === 6) {
        fs.rmSync(directory);
        fs.renameSync(`${directory}-away`, directory);
      }
    },
  });
  assert.equal(warnings.length, 1, warnings.join('\n'));
  assert.match(warnings[0], /^cannot save .*step-00000003; .*; the training goes on$/);
  assert.ok(warnings[0].includes(directory));
  assert.deepEqual(steps, [1, 2, 6, 7, 8, 9]);
});

test('a training whose state is too large for a file has no checkpoints, which is told once', async (t) => {
  const message = 'too much to save; at most 2147483647 bytes: 2540000000';
  t.mock.method(CheckpointStore.prototype, 'save', () => Promise.reject(new RangeError(message)));
  const { warnings, steps } = await saved({ t });
  assert.deepEqual([warnings, steps], [[`${message}; the training goes on`], []]);
});

test('an optimizer that does not tell its state has no checkpoints, which is told once', async (t) => {
  const { warnings, steps } = await saved({ t, optimizer: () => tf.train.adamax(0.01) });
  assert.deepEqual(warnings, [
    'cannot save a checkpoint; getWeights() is not implemented for Adamax yet.; the training goes on',
  ]);
  assert.deepEqual(steps, []);
});

test('good weights go into a checkpoint beside those of the training', async (t) => {
  const model = dropoutModel(adam());
  const good = goodWeights(model);
  const { directory } = await saved({ t, consumers: [good] });
  const { saved: found } = (await readNewestCheckpoint(directory))!;
  const state = found.consumers.get('good weights')!;
  assert.deepEqual(state.values, { epochs: [2, 3] });
  const [weights] = [...found.snapshot.tensors].find(([name]) => name.startsWith('weights/0/'))!;
  assert.deepEqual(
    state.tensors!.get(weights.replace('weights/', '1/')),
    found.snapshot.tensors.get(weights),
  );
  dispose(model);
});

test('options that cannot be are refused in words', () => {
  const refused = (options: object, name: string, message: string | RegExp) =>
    assert.throws(() => checkCheckpointOptions(options), { name, message });
  refused({ everySeconds: 0 }, 'RangeError', 'invalid everySeconds; not a positive number: 0');
  refused({ everySteps: 1.5 }, 'RangeError', /^invalid everySteps; .*: 1.5$/);
  refused({ keep: 0 }, 'RangeError', /^invalid keep; .*: 0$/);
  refused({ every: 3 }, 'TypeError', /every/);
});
