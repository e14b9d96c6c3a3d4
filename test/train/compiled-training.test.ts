/** Training through a compiled step: the same numbers as eagerly, and variables that JavaScript and the session share. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { predict } from '../../lib/src/evaluate/predict';
import { tf } from '../../lib/src/tensorflow/load';
import { isCompiled } from '../../lib/src/train/model-functions';
import { profileTraining } from '../../lib/src/train/profile-training';
import type { StepRecord } from '../../lib/src/train/records';
import { train } from '../../lib/src/train/train';
import type { TrainOptions } from '../../lib/src/train/training';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit, weightsOf } from './tiny-problem';

const split = tinySplit(50);

async function stepsOf(options: TrainOptions, model = tinyModel()): Promise<StepRecord[]> {
  const steps: StepRecord[] = [];
  for await (const record of train(model, split, { batchSize: 8, epochs: 2, ...options })) {
    if (record.kind === 'step') steps.push(record);
  }
  return steps;
}

const losses = (steps: readonly StepRecord[]) => steps.map(({ loss }) => loss);

function assertClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    const off = Math.abs(value - expected[i]);
    assert.ok(off <= tolerance * Math.max(1, Math.abs(expected[i])), `${i}: ${value}, not ${expected[i]}`);
  });
}

/** The tiny model with an optimizer that does not make much of rounding in tiny gradients, as Adam does. */
function modelWithMomentum(): tf.LayersModel {
  const model = tinyModel({ compiled: false });
  const optimizer = tf.train.momentum(0.05, 0.9);
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** As the tiny model, with dropout before its last layer. */
function modelWithDropout(): tf.LayersModel {
  const images = tf.input({ shape: [4, 4, 3] });
  const layers = [
    tf.layers.flatten(),
    tf.layers.dense({
      units: 16,
      activation: 'relu',
      kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
    }),
    tf.layers.dropout({ rate: 0.5, name: 'drop' }),
    tf.layers.dense({
      units: 3,
      activation: 'softmax',
      kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }),
    }),
  ];
  const output = layers.reduce((x, layer) => layer.apply(x) as typeof images, images);
  const model = tf.model({ inputs: images, outputs: output });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

test('the losses of compiled and eager training are the same within 1e-5', async () => {
  const [compiled, eager] = [await stepsOf({}), await stepsOf({ compile: false })];
  assertClose(losses(compiled).slice(0, 5), losses(eager).slice(0, 5), 1e-5);
  assert.deepEqual(
    compiled.slice(0, 5).map(({ accuracy }) => accuracy),
    eager.slice(0, 5).map(({ accuracy }) => accuracy),
  );
});

test('the same seed gives the same bits, with several steps in a call as with one', async () => {
  const once = losses(await stepsOf({ seed: 4 }));
  assert.deepEqual(losses(await stepsOf({ seed: 4 })), once);
  for (const stepsPerCall of [2, 3]) assert.deepEqual(losses(await stepsOf({ seed: 4, stepsPerCall })), once);
});

test('dropout draws anew at every step, by the seed of the training, and alike compiled and eagerly', async () => {
  const run = async (options: TrainOptions) => losses(await stepsOf(options, modelWithDropout()));
  const compiled = await run({ seed: 1 });
  assert.deepEqual(await run({ seed: 1 }), compiled);
  assertClose(await run({ seed: 1, compile: false }), compiled, 1e-5);
  assert.deepEqual(await run({ seed: 1, stepsPerCall: 2 }), compiled);
  const whole = { batchSize: 50, epochs: 1 }; // one batch, in whatever order: only dropout tells two seeds apart
  const [one] = await run({ ...whole, seed: 1 });
  const [two] = await run({ ...whole, seed: 2 });
  assert.ok(Math.abs(one - two) > 1e-3, `${one} and ${two}`);
});

test('weights that JavaScript reads between two steps are those of the step before', async () => {
  const model = modelWithMomentum();
  const seen: number[][] = [];
  for await (const record of train(model, split, { batchSize: 25, epochs: 2 })) {
    if (record.kind === 'step') seen.push(weightsOf(model));
  }
  const eager = modelWithMomentum();
  let step = 0;
  for await (const record of train(eager, split, { batchSize: 25, epochs: 2, compile: false })) {
    if (record.kind === 'step') assertClose(weightsOf(eager), seen[step++], 1e-5);
  }
  assert.notDeepEqual(seen[0], seen[1]);
});

test('weights that JavaScript assigns between two steps are those of the next step', async () => {
  const model = tinyModel();
  const losses: number[] = [];
  for await (const record of train(model, split, { batchSize: 50, epochs: 2 })) {
    if (record.kind !== 'step') continue;
    losses.push(record.loss);
    tf.tidy(() => model.setWeights(model.getWeights().map((weight) => tf.zerosLike(weight))));
  }
  assert.ok(Math.abs(losses[1] - Math.log(3)) < 1e-5, `${losses[1]}`); // all zeros: a shrug over three classes
});

test('an eager prediction, a compiled one and a saved model see what training has changed', async () => {
  const model = tinyModel();
  await stepsOf({}, model);
  const images = tf.tensor4d(
    Float32Array.from(split.images, (byte) => byte / 255),
    [50, 4, 4, 3],
  );
  const eager = (model.predict(images) as tf.Tensor).dataSync();
  const { probabilities } = await predict(model, split);
  assertClose([...probabilities], [...eager], 1e-6);
  const saved: { weights?: ArrayBuffer } = {};
  await model.save(
    tf.io.withSaveHandler(async ({ weightData }) => {
      saved.weights = tf.io.concatenateArrayBuffers([weightData].flat() as ArrayBuffer[]);
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const trainable = new Float32Array(saved.weights!).length;
  assert.equal(trainable, weightsOf(model).length);
  assert.deepEqual([...new Float32Array(saved.weights!)].sort(), weightsOf(model).sort());
});

test('another learning rate takes effect at the next step', async () => {
  const model = tinyModel({ compiled: false });
  const optimizer = tf.train.sgd(0.1);
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const weights: number[][] = [];
  for await (const record of train(model, split, { batchSize: 50, epochs: 3 })) {
    if (record.kind !== 'step') continue;
    weights.push(weightsOf(model).slice(0, 108)); // the kernel; batch norm's statistics move without a rate
    (optimizer as unknown as { setLearningRate(rate: number): void }).setLearningRate(0);
  }
  assert.deepEqual(weights[1], weights[0]);
  assert.deepEqual(weights[2], weights[0]);
});

test('after another model.compile, and after another setting of a layer, training follows it', async () => {
  const model = tinyModel();
  await stepsOf({ epochs: 1 }, model);
  model.compile({ optimizer: tf.train.sgd(0), loss: 'meanSquaredError' });
  const [first] = await stepsOf({ epochs: 1, batchSize: 50 }, model);
  assert.ok(first.loss < 0.5 && Number.isNaN(first.accuracy), JSON.stringify(first));
  const norm = model.getLayer('norm') as unknown as { momentum: number; movingMean: { read(): tf.Tensor } };
  norm.momentum = 1; // the average stands still
  const before = norm.movingMean.read().dataSync().slice();
  await stepsOf({ epochs: 1 }, model);
  assert.deepEqual(norm.movingMean.read().dataSync(), before);
});

test('the memory of a session goes with its model, and nothing is left behind', async () => {
  await withoutLeaks(async () => {
    const model = tinyModel();
    await stepsOf({ stepsPerCall: 2, epochs: 1 }, model);
    await predict(model, split);
    model.dispose();
    model.optimizer.dispose();
  });
});

test('a profile tells how long each operation of a step took, and leaves model and optimizer as they were', async () => {
  const model = tinyModel();
  await stepsOf({ epochs: 1 }, model);
  const before = [weightsOf(model), model.optimizer.iterations];
  const { ops, duration } = await profileTraining(model, split, { batchSize: 10 });
  assert.deepEqual([weightsOf(model), model.optimizer.iterations], before);
  assert.ok(duration > 0 && ops.every((op) => op.duration >= 0 && op.start + op.duration <= duration + 1)); // µs: rounding
  const of = (layer: string, pass: string) => ops.some((op) => op.layer === layer && op.pass === pass);
  assert.ok(
    of('conv', 'forward') && of('conv', 'backward') && of('norm', 'backward') && of('head', 'forward'),
  );
  assert.ok(ops.some((op) => op.pass === 'update' && op.op === 'ResourceApplyAdam'));
});

test('options that cannot be are refused at the call, by name', () => {
  const refused = (options: TrainOptions, message: string) =>
    assert.throws(() => train(tinyModel(), split, options), { message });
  refused({ stepsPerCall: 0 }, 'invalid stepsPerCall; not a positive integer: 0');
  refused(
    { compile: { device: 'tpu' } },
    "invalid device; not 'cpu', 'gpu' or a GPU with its number as 'gpu:1': tpu",
  );
  refused({ compile: { intraOpThreads: -1 } }, 'invalid intraOpThreads; not a positive integer: -1');
  refused(
    { compile: { threads: 2 } as never },
    'unknown option; not one of device, xla, mixedPrecision, intraOpThreads: threads',
  );
});

test('predictions and profiles in the loop of a training leave it alone, whatever their options', async () => {
  const model = tinyModel();
  const run = async (inLoop: () => Promise<unknown>) => {
    const options = { batchSize: 25, epochs: 1, compile: { intraOpThreads: 1 } };
    for await (const record of train(model, split, options)) if (record.kind === 'step') await inLoop();
  };
  await run(() => predict(model, split));
  await run(() => predict(model, split, { compile: false }));
  await run(() => predict(model, split, { compile: { device: 'cpu' } }));
  await run(() =>
    assert.rejects(
      profileTraining(model, split),
      /one training of a model at a time: this one is running already/,
    ),
  );
});

test('a Sequential model is trained as any other', async () => {
  const dense = (units: number, seed: number, activation: 'relu' | 'softmax') =>
    tf.layers.dense({ units, activation, kernelInitializer: tf.initializers.glorotUniform({ seed }) });
  const sequential = () => {
    const model = tf.sequential();
    model.add(tf.layers.flatten({ inputShape: [4, 4, 3] }));
    for (const layer of [dense(8, 1, 'relu'), dense(3, 2, 'softmax')]) model.add(layer);
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    return model;
  };
  const [compiled, eager] = [
    await stepsOf({}, sequential()),
    await stepsOf({ compile: false }, sequential()),
  ];
  assertClose(losses(compiled), losses(eager), 1e-5);
  assert.ok(losses(compiled).at(-1)! < losses(compiled)[0]);
});

test('an abort is heeded at the end of a call, so that every step that was taken has its record', async () => {
  const model = tinyModel();
  const controller = new AbortController();
  let steps = 0;
  const options = { batchSize: 8, stepsPerCall: 3, epochs: 2, signal: controller.signal };
  for await (const record of train(model, split, options)) {
    if (record.kind === 'step') steps++;
    controller.abort();
  }
  assert.deepEqual([steps, model.optimizer.iterations], [3, 3]);
});

test('the session goes with the weights of its model, though the optimizer stays', async () => {
  const model = tinyModel();
  await stepsOf({ epochs: 1 }, model);
  assert.ok(isCompiled(model));
  const { optimizer } = model;
  model.dispose();
  assert.ok(!isCompiled(model));
  optimizer.dispose();
});
