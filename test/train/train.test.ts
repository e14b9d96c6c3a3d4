import assert from 'node:assert/strict';
import test from 'node:test';
import { batchesOf } from '../../lib/src/data/batches';
import { tf } from '../../lib/src/tensorflow/load';
import type { EpochRecord, StepRecord, TrainingRecord } from '../../lib/src/train/records';
import { train } from '../../lib/src/train/train';
import type { TrainingEnd, TrainOptions } from '../../lib/src/train/training';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit, weightsOf } from './tiny-problem';

/** Runs the loop to its end: all records and what it returns. */
async function drain(training: AsyncGenerator<TrainingRecord, TrainingEnd, void>) {
  const steps: StepRecord[] = [];
  const epochs: EpochRecord[] = [];
  for (;;) {
    const { done, value } = await training.next();
    if (done) return { steps, epochs, end: value };
    if (value.kind === 'step') steps.push(value);
    else epochs.push(value);
  }
}

const trainTiny = (options: TrainOptions = {}) =>
  drain(train(tinyModel(), tinySplit(50), { batchSize: 8, ...options }));

test('the loss falls, and a held-out split is classified well', async () => {
  const { epochs, end } = await trainTiny({ epochs: 4, validation: tinySplit(30, 2) });
  assert.ok(epochs[3].loss < epochs[0].loss / 2, `${epochs[0].loss} -> ${epochs[3].loss}`);
  assert.ok(epochs[3].valAccuracy! > 0.9, `${epochs[3].valAccuracy}`);
  assert.equal(end.stopped, 'finished');
  assert.deepEqual(end.epochs, epochs);
});

test('every step and epoch has its record, the smaller last batch included', async () => {
  const { steps, epochs } = await trainTiny({ epochs: 2 });
  assert.deepEqual(
    steps.map(({ step }) => step),
    Array.from({ length: 14 }, (_, i) => i + 1),
  );
  assert.deepEqual(
    steps.map(({ epoch }) => epoch),
    [...Array(7).fill(1), ...Array(7).fill(2)],
  );
  assert.ok(steps.every(({ totalSteps }) => totalSteps === 14));
  assert.deepEqual(
    epochs.map(({ epoch, epochs: of }) => [epoch, of]),
    [
      [1, 2],
      [2, 2],
    ],
  );
  assert.equal(epochs[0].valLoss, undefined);
  assert.ok(steps.every(({ seconds }, i) => i === 0 || seconds >= steps[i - 1].seconds));
});

test('the means of an epoch count each batch by its images', async () => {
  const { steps, epochs } = await trainTiny({ epochs: 1 });
  const sizes = [8, 8, 8, 8, 8, 8, 2];
  const mean = (of: (step: StepRecord) => number) =>
    steps.reduce((sum, s, i) => sum + of(s) * sizes[i], 0) / 50;
  assert.ok(Math.abs(epochs[0].loss - mean((s) => s.loss)) < 1e-12);
  assert.ok(Math.abs(epochs[0].accuracy - mean((s) => s.accuracy)) < 1e-12);
});

test('training is what model.fit does on the same batches', async () => {
  const split = tinySplit(50);
  const withMomentum = () => {
    const model = tinyModel({ compiled: false }); // Adam would make much of rounding in tiny gradients
    model.compile({
      optimizer: tf.train.momentum(0.01, 0.9),
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    });
    return model;
  };
  const model = withMomentum();
  const { epochs } = await drain(train(model, split, { epochs: 1, batchSize: 8, seed: 3 }));

  const twin = withMomentum();
  const order = [...batchesOf(split, { batchSize: 50, seed: 3, epoch: 1 })][0];
  const history = await twin.fit(order.images, order.labels, {
    epochs: 1,
    batchSize: 8,
    shuffle: false,
    verbose: 0,
  });
  assert.ok(Math.abs(epochs[0].loss - Number(history.history.loss[0])) < 1e-6);
  assert.ok(Math.abs(epochs[0].accuracy - Number(history.history.acc[0])) < 1e-6);
  const [ours, theirs] = [weightsOf(model), weightsOf(twin)];
  assert.ok(ours.every((weight, i) => Math.abs(weight - theirs[i]) < 1e-5));
});

test('validation is what model.evaluate says after the epoch', async () => {
  const model = tinyModel();
  const validation = tinySplit(300, 2); // more than one batch of validation
  const { epochs } = await drain(train(model, tinySplit(50), { epochs: 1, validation }));
  const [batch] = batchesOf(validation, { batchSize: 300 });
  const [loss, accuracy] = model.evaluate(batch.images, batch.labels) as ReturnType<typeof tf.scalar>[];
  assert.ok(Math.abs(epochs[0].valLoss! - loss.dataSync()[0]) < 1e-6);
  assert.ok(Math.abs(epochs[0].valAccuracy! - accuracy.dataSync()[0]) < 1e-6);
});

test('the same seed and the same initial weights give the same losses, another seed others', async () => {
  const losses = async (seed: number) => (await trainTiny({ epochs: 2, seed })).steps.map(({ loss }) => loss);
  const first = await losses(7);
  assert.deepEqual(await losses(7), first);
  assert.notDeepEqual(await losses(8), first);
});

test('an abort stops after the running step, keeps its weights and skips validation', async () => {
  const model = tinyModel();
  const controller = new AbortController();
  const { signal } = controller;
  const training = train(model, tinySplit(50), { batchSize: 8, validation: tinySplit(30, 2), signal });
  for (let step = 1; step <= 3; step++) await training.next();
  const weights = weightsOf(model);
  controller.abort();
  const { done, value } = await training.next();
  assert.equal(done, true);
  assert.deepEqual(
    { ...value, seconds: 0 },
    { stopped: 'aborted', epochs: [], seconds: 0, runner: 'compiled' },
  );
  assert.deepEqual(weightsOf(model), weights);
});

test('an abort at the last step of an epoch leaves its record without validation', async () => {
  const controller = new AbortController();
  const validation = tinySplit(30, 2);
  const training = train(tinyModel(), tinySplit(16), { batchSize: 8, validation, signal: controller.signal });
  await training.next();
  await training.next();
  controller.abort();
  const { value: epoch } = await training.next();
  assert.ok('kind' in epoch && epoch.kind === 'epoch');
  assert.equal('valLoss' in epoch, false);
  const { value: end } = await training.next();
  assert.ok('stopped' in end);
  assert.deepEqual([end.stopped, end.epochs.length], ['aborted', 1]);
});

test('a signal that is aborted already allows no step', async () => {
  const { steps, end } = await trainTiny({ signal: AbortSignal.abort() });
  assert.deepEqual([steps.length, end.stopped], [0, 'aborted']);
});

test('timers run between the steps', async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await trainTiny({ epochs: 2 });
  clearInterval(timer);
  assert.ok(ticks >= 5, `${ticks} ticks`);
});

test('no tensor is left behind, whether the loop runs to its end, is left or fails', async () => {
  const model = tinyModel();
  const split = tinySplit(50);
  const options = { epochs: 1, batchSize: 8, validation: tinySplit(30, 2) };
  await drain(train(model, split, options)); // Adam makes its variables at the first step
  await withoutLeaks(() => drain(train(model, split, options)));
  await withoutLeaks(async () => {
    for await (const record of train(model, split, options)) if (record.kind === 'step') break;
  });
  await withoutLeaks(() =>
    assert.rejects(async () => {
      for await (const _ of train(model, split, options)) throw new Error('of the loop');
    }, /of the loop/),
  );
});

test('a model is trained by one loop at a time, and is free again when that loop is left', async () => {
  const model = tinyModel();
  const split = tinySplit(50);
  const first = train(model, split);
  await first.next();
  await assert.rejects(train(model, split).next(), {
    message:
      'cannot train; one training of a model at a time: this one is running already; ' +
      'let it finish, or end it by its signal or by leaving its loop',
  });
  await first.return(undefined as never);
  assert.equal((await train(model, split).next()).done, false);
});

test('a loss that is no number stops the training and says where and what to do', async () => {
  const model = tinyModel({ learningRate: 1e30 });
  await assert.rejects(drain(train(model, tinySplit(50), { batchSize: 25, epochs: 9 })), (error: Error) => {
    assert.match(
      error.message,
      /^training diverged; the loss must be a finite number: NaN at step \d+, epoch \d; build the model anew, for its weights are spoiled, and lower the learning rate \(now 1e\+30\)$/,
    );
    return true;
  });
});

test('a model compiled without accuracy trains, with NaN in its place', async () => {
  const model = tinyModel({ compiled: false });
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
  const { steps, epochs } = await drain(train(model, tinySplit(20), { epochs: 1, validation: tinySplit(9) }));
  assert.ok(Number.isNaN(steps[0].accuracy) && Number.isNaN(epochs[0].accuracy));
  assert.ok(Number.isFinite(epochs[0].valLoss) && Number.isNaN(epochs[0].valAccuracy));
});

test('wrong arguments are refused at the call, in words', () => {
  const model = tinyModel();
  const split = tinySplit(9);
  const refused = (error: object, ...args: Parameters<typeof train>) =>
    assert.throws(() => train(...args), error);
  refused({ name: 'RangeError', message: 'invalid epochs; not a positive integer: 0' }, model, split, {
    epochs: 0,
  });
  refused({ message: 'invalid batchSize; not a positive integer: 1.5' }, model, split, { batchSize: 1.5 });
  refused(
    { name: 'RangeError', message: 'empty split; at least one image is needed: tiny train has 0' },
    model,
    tinySplit(0),
  );
  const large = { ...split, imageShape: [2, 8, 3] as const };
  refused(
    {
      name: 'TypeError',
      message:
        'cannot use tiny train with this model; its images must be [4,4,3]: [2,8,3]; ' +
        'build the model with inputShape [2,8,3]',
    },
    model,
    large,
  );
  refused(
    {
      name: 'TypeError',
      message:
        "cannot use tiny train with this model; the model's output must be [2], one number a class: [3]; " +
        'build the model for 2 classes',
    },
    model,
    split,
    { validation: { ...split, classNames: ['above', 'below'] } },
  );
  const labels = split.labels.slice();
  labels[4] = 3;
  refused(
    {
      name: 'RangeError',
      message: 'cannot use tiny train; its labels must be in [0, 3), for as many classNames: image 4 has 3',
    },
    model,
    { ...split, labels },
  );
  refused(
    {
      name: 'TypeError',
      message:
        'cannot train; the model must be compiled: no optimizer; ' +
        "call model.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] })",
    },
    tinyModel({ compiled: false }),
    split,
  );
  const two = tf.model({
    inputs: model.inputs,
    outputs: [model.layers[1].output, model.layers[4].output].flat(),
  });
  refused(
    { name: 'TypeError', message: 'invalid model; it must have one input and one output: 1 and 2' },
    two,
    split,
  );
});
