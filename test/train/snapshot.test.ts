/** A training that goes on from a snapshot ends with the same bits as one that was never stopped. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, Optimizer } from '@tensorflow/tfjs-node-gpu';
import { adam } from '../../lib/src/model/keras-defaults';
import { adamW } from '../../lib/src/optimizers/adam-w';
import { sgd } from '../../lib/src/optimizers/sgd';
import { tf } from '../../lib/src/tensorflow/load';
import type { TrainingRecord } from '../../lib/src/train/records';
import type { Snapshot } from '../../lib/src/train/snapshot';
import { train } from '../../lib/src/train/train';
import type { TrainOptions } from '../../lib/src/train/training';
import { withoutLeaks } from '../no-leaks';
import { bitsOf, dispose, drained, dropoutModel, timeless } from './resumable';
import { tinySplit, weightsOf } from './tiny-problem';

const split = tinySplit(40); // of 3 steps an epoch, the last one smaller
const BASE: TrainOptions = { epochs: 2, batchSize: 16, seed: 3, validation: tinySplit(12, 2) };

const OPTIMIZERS: Readonly<Record<string, () => Optimizer>> = {
  'sgd with momentum': () => sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 1e-3 }),
  adamW: () => adamW({ learningRate: 0.01 }),
  "Keras's Adam": () => adam(0.01),
  "TensorFlow.js's Adam": () => tf.train.adam(0.01),
  "TensorFlow.js's momentum": () => tf.train.momentum(0.05, 0.9),
  "TensorFlow.js's RMSProp": () => tf.train.rmsprop(0.01, 0.9, 0.5),
  "TensorFlow.js's Adagrad": () => tf.train.adagrad(0.05),
};

const augmentation = { crop: { pad: 1 }, flip: 'random', colour: { brightness: 0.2 }, cutout: 1 } as const;
const EVERYTHING: TrainOptions = {
  ...BASE,
  ...{ augmentation, mix: { kind: 'mixup', alpha: 0.4 }, labelSmoothing: 0.1, clipNorm: 1 },
  ...{ averageDecay: 0.9, schedule: (step: number) => 0.05 / (1 + step) },
};

interface Run {
  /** Of every record, but for those in the middle of a call. */
  readonly snapshots: readonly (Snapshot | undefined)[];
  readonly records: readonly TrainingRecord[];
}

/** Trains to the end, with half the rate after the first epoch as from a plateau, and takes a snapshot at every record. */
async function run(model: LayersModel, options: TrainOptions, from?: Snapshot): Promise<Run> {
  const training = train(model, split, { ...options, ...(from && { from }) });
  const snapshots: (Snapshot | undefined)[] = [];
  const { records } = await drained(training, async (record) => {
    if (record.kind === 'epoch' && record.epoch === 1) training.scaleRate(0.5);
    snapshots.push(await training.snapshot());
  });
  return { snapshots, records };
}

/** Checks that from every snapshot a new model, and the used one, come to the same end. */
async function assertResumes(make: () => LayersModel, options: TrainOptions): Promise<void> {
  await withoutLeaks(async () => {
    const used = make();
    const straight = await run(used, options);
    for (const [i, from] of straight.snapshots.entries()) {
      if (!from) continue;
      const fresh = make();
      for (const model of [fresh, used]) {
        const rest = await run(model, options, from);
        const expected = straight.records.slice(i + 1).map(timeless);
        assert.deepEqual(rest.records.map(timeless), expected, `after record ${i + 1}`);
        const last: Snapshot = rest.snapshots.at(-1) ?? from;
        assert.deepEqual(bitsOf(last), bitsOf(straight.snapshots.at(-1)!), `after record ${i + 1}`);
      }
      dispose(fresh);
    }
    dispose(used);
  });
}

for (const compile of [{}, false] as const) {
  const runner = compile ? 'compiled' : 'eager';
  for (const [name, make] of Object.entries(OPTIMIZERS)) {
    test(`with ${name}, ${runner} steps go on to the same bits after every record`, async () => {
      await assertResumes(() => dropoutModel(make()), { ...BASE, compile });
    });
  }

  test(`so do ${runner} steps with all that a step can have`, async () => {
    const model = () => dropoutModel(sgd({ learningRate: 0.05, momentum: 0.9 }));
    await assertResumes(model, { ...EVERYTHING, compile });
  });
}

test('in the middle of a call of several steps there is no snapshot; from the others steps go on to the same bits', async () => {
  const options = { ...EVERYTHING, batchSize: 8, stepsPerCall: 2 }; // 5 steps an epoch: 2 + 2 + 1
  const model = dropoutModel(adam(0.01));
  const { snapshots } = await run(model, { ...options, epochs: 1 });
  dispose(model);
  assert.deepEqual(
    snapshots.map((snapshot) => snapshot?.place.step),
    [undefined, 2, undefined, 4, 5, 5],
  );
  await assertResumes(() => dropoutModel(adam(0.01)), options);
});

test('a snapshot changes nothing, and no later step changes it', async () => {
  const [watched, alone] = [dropoutModel(adam(0.01)), dropoutModel(adam(0.01))];
  const training = train(watched, split, EVERYTHING);
  await training.next();
  const first = await training.snapshot();
  const before = structuredClone(first);
  await drained(training, async () => void (await training.snapshot()));
  await drained(train(alone, split, EVERYTHING));
  assert.deepEqual(first, before);
  assert.deepEqual(weightsOf(watched), weightsOf(alone));
  dispose(watched);
  dispose(alone);
});

test('a validation that was aborted is done anew, and its epoch recorded whole', async () => {
  const straight = dropoutModel(adam(0.01));
  const { records } = await drained(train(straight, split, BASE));
  const abort = new AbortController();
  const model = dropoutModel(adam(0.01));
  const training = train(model, split, { ...BASE, signal: abort.signal });
  for (let step = 1; step <= 3; step++) await training.next();
  const record = training.next();
  abort.abort();
  assert.deepEqual(
    [(await record).value].map((half) => 'valLoss' in half),
    [false],
  );
  const from = await training.snapshot();
  const { end } = await drained(training);
  assert.deepEqual([end.stopped, end.epochs.length], ['aborted', 1]);
  const resumed = await drained(train(model, split, { ...BASE, from }));
  assert.deepEqual(resumed.records.map(timeless), records.slice(3).map(timeless));
  assert.deepEqual(weightsOf(model), weightsOf(straight));
  dispose(straight);
  dispose(model);
});

test('a training that was stopped stays stopped, and one that was finished stays finished', async () => {
  const model = dropoutModel(adam(0.01));
  const stopped = train(model, split, BASE);
  for (let record = 1; record <= 4; record++) await stopped.next();
  stopped.stop('good enough');
  const from = await stopped.snapshot();
  const { end } = await drained(stopped);
  assert.deepEqual([end.stopped, end.reason], ['stopped', 'good enough']);
  const again = await drained(train(model, split, { ...BASE, from }));
  assert.deepEqual([again.records, again.end.stopped, again.end.reason], [[], 'stopped', 'good enough']);
  assert.deepEqual(again.end.epochs, end.epochs);

  const { snapshots, records } = await run(model, BASE);
  const finished = await drained(train(model, split, { ...BASE, from: snapshots.at(-1) }));
  assert.deepEqual([finished.records, finished.end.stopped], [[], 'finished']);
  assert.deepEqual(
    finished.end.epochs,
    records.filter(({ kind }) => kind === 'epoch'),
  );
  dispose(model);
});

test("another model's, training's or optimizer's snapshot is refused in words, and changes nothing", async () => {
  const model = dropoutModel(adam(0.01));
  const { snapshots } = await run(model, { ...BASE, averageDecay: 0.9 });
  const from = snapshots[0]!;
  const refused = async (other: LayersModel, options: TrainOptions, message: string | RegExp) => {
    const before = weightsOf(other);
    const training = train(other, split, { ...BASE, averageDecay: 0.9, ...options, from });
    await assert.rejects(training.next(), { message });
    assert.deepEqual(weightsOf(other), before);
    dispose(other);
  };
  await refused(
    dropoutModel(sgd({ learningRate: 0.1 })),
    {},
    'the optimizers differ: Adam was saved, the model has Sgd',
  );
  await refused(
    dropoutModel(adam(0.01), { filters: 5 }),
    {},
    'the weights of the model differ: 0/conv/kernel has shape [3,3,3,4], not [3,3,3,5]',
  );
  await refused(
    dropoutModel(adam(0.01)),
    { averageDecay: undefined },
    'the averages and scales of the training differ in number: 8 were saved, 0 are needed',
  );
  const larger = dropoutModel(adam(0.01), { filters: 5 });
  await run(larger, BASE);
  await refused(
    dropoutModel(larger.optimizer), // used before
    {},
    /^the averages of the optimizer differ: .*\/m has shape \[3,3,3,4\], not \[3,3,3,5\]$/,
  );
  larger.dispose();
  dispose(model);
});
