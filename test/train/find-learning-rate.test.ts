import assert from 'node:assert/strict';
import test from 'node:test';
import { tf } from '../../lib/src/tensorflow/load';
import { type FindLearningRateOptions, findLearningRate } from '../../lib/src/train/find-learning-rate';
import { train } from '../../lib/src/train/train';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit, weightsOf } from './tiny-problem';

const split = tinySplit(60);

const searched = (options: FindLearningRateOptions = {}, model = tinyModel()) =>
  findLearningRate(model, split, { batchSize: 8, ...options });

test('rates grow by one factor from the first step to the last, over as many epochs as it takes', async () => {
  const { points } = await searched({ from: 1e-6, to: 1e-3, steps: 31 });
  assert.equal(points.length, 31); // 8 in an epoch
  points.forEach(({ rate }, i) => {
    assert.ok(Math.abs(rate / (1e-6 * 10 ** (i / 10)) - 1) < 1e-12, `step ${i}: ${rate}`);
  });
});

test('losses are those of a training with these rates, and smoothed with 0.98', async () => {
  const model = tinyModel();
  const { points } = await searched({ from: 1e-3, to: 0.1, steps: 12, seed: 5 }, model);
  const losses: number[] = [];
  const schedule = (step: number) => 1e-3 * 100 ** (step / 11);
  for await (const record of train(model, split, { batchSize: 8, seed: 5, schedule, epochs: 2 }))
    if (record.kind === 'step') losses.push(record.loss);
  assert.deepEqual(
    points.map(({ loss }) => loss),
    losses.slice(0, 12),
  );
  points.forEach(({ smoothedLoss }, i) => {
    const weights = losses.slice(0, i + 1).map((_, j) => 0.98 ** (i - j));
    const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
    const expected = sum(weights.map((weight, j) => weight * losses[j])) / sum(weights);
    assert.ok(Math.abs(smoothedLoss - expected) < 1e-12, `step ${i}: ${smoothedLoss}, not ${expected}`);
  });
});

test('with the defaults the search ends where the loss has exploded, and suggests rates at which this model learns', async () => {
  const { points, suggestion } = await searched();
  const smoothed = points.map(({ smoothedLoss }) => smoothedLoss);
  const best = Math.min(...smoothed);
  assert.equal(points[0].rate, 1e-7);
  assert.ok(points.length > 60 && points.length < 100, `${points.length} steps`);
  assert.ok(smoothed.at(-1)! > 4 * best && smoothed.slice(0, -1).every((loss) => loss <= 4 * best));
  for (const [name, rate] of Object.entries(suggestion)) {
    assert.ok(rate > 1e-4 && rate < 1, `${name}: ${rate}`);
    const [first, last] = await lossesAt(rate);
    assert.ok(last < first / 2, `${name} ${rate}: ${first} -> ${last}`);
  }
});

/** The first and the last epoch's loss of a training with that rate. */
async function lossesAt(rate: number): Promise<number[]> {
  const losses: number[] = [];
  for await (const record of train(tinyModel({ learningRate: rate }), split, { batchSize: 8, epochs: 12 }))
    if (record.kind === 'epoch') losses.push(record.loss);
  return [losses[0], losses[11]];
}

test('a loss that is no number ends the search, and is no error', async () => {
  const model = tinyModel();
  const weights = weightsOf(model);
  const { points } = await searched({ from: 1e-3, to: 1e38, steps: 12 }, model);
  assert.ok(points.length > 0 && points.length < 12, `${points.length} steps`);
  assert.ok(points.every(({ loss, smoothedLoss }) => Number.isFinite(loss) && Number.isFinite(smoothedLoss)));
  assert.deepEqual(weightsOf(model), weights);
});

test('a training after a search has the bits of one without, and the rate that the optimizer had', async () => {
  const [model, twin] = [tinyModel({ learningRate: 0.02 }), tinyModel({ learningRate: 0.02 })];
  const options = { augmentation: { flip: 'random', crop: { pad: 1 } }, clipNorm: 1, batchSize: 8 } as const;
  await searched({ ...options, seed: 7, steps: 20 }, model);
  const rates: number[] = [];
  for (const each of [model, twin])
    for await (const record of train(each, split, { ...options, epochs: 2 }))
      if (record.kind === 'step') rates.push(record.rate);
  assert.deepEqual(weightsOf(model), weightsOf(twin));
  assert.ok(rates.every((rate) => rate === 0.02));
});

test('eager steps find what compiled ones find', async () => {
  const options = { from: 1e-5, to: 1, steps: 40 };
  const [compiled, eager] = [await searched(options), await searched({ ...options, compile: false })];
  const shared = Math.min(30, compiled.points.length); // until rounding errors have grown
  for (let i = 0; i < shared; i++) {
    const [a, b] = [compiled.points[i].loss, eager.points[i].loss];
    assert.ok(Math.abs(a - b) < 1e-3, `step ${i}: ${a} and ${b}`);
  }
});

test('a search leaves no tensor behind but the averages of an optimizer that was new', async () => {
  const model = tinyModel();
  await withoutLeaks(() => searched({ steps: 12 }, model), 2 * 6); // Adam's m and v of 6 variables
  await withoutLeaks(() => searched({ steps: 12 }, model));
  await withoutLeaks(() => searched({ from: 1e-3, to: 1e38, steps: 12, compile: false }, model));
});

test('an abort ends the search with its reason, and the model is as before', async () => {
  const model = tinyModel();
  const weights = weightsOf(model);
  const controller = new AbortController();
  const search = searched({ signal: controller.signal, steps: 5000 }, model);
  setTimeout(() => controller.abort(new Error('of the caller')), 5);
  await assert.rejects(search, /^Error: of the caller$/);
  assert.deepEqual(weightsOf(model), weights);
  assert.equal(model.optimizer.iterations, 0);
});

test('an optimizer whose rate cannot change in compiled steps is refused, and may be searched for eagerly', async () => {
  const model = tinyModel({ compiled: false });
  model.compile({ optimizer: tf.train.rmsprop(0.01), loss: 'categoricalCrossentropy' });
  await assert.rejects(searched({}, model), {
    name: 'TypeError',
    message:
      'cannot follow the schedule; in compiled steps the rate of RMSProp is frozen, and each new one would be recorded anew; ' +
      'use sgd, adam, adamW or muon, or train with compile: false',
  });
  const { points } = await searched({ compile: false, steps: 10, to: 1e-3 }, model);
  assert.equal(points.length, 10);
});

test('what cannot be searched is refused in words', async () => {
  const refused = (options: FindLearningRateOptions, error: object) =>
    assert.rejects(searched(options), error);
  await refused(
    { steps: 9 },
    { name: 'RangeError', message: 'invalid steps; not an integer of at least 10: 9' },
  );
  await refused({ from: 0 }, { message: 'invalid from; not a finite number greater than 0: 0' });
  await refused(
    { from: 1, to: 1 },
    { name: 'RangeError', message: 'invalid from; not lower than to, which is 1: 1' },
  );
  await refused({ batchSize: 0 }, { message: 'invalid batchSize; not a positive integer: 0' });
  await refused({ epochs: 3 } as FindLearningRateOptions, {
    name: 'TypeError',
    message: /^unknown option; findLearningRate takes \{ from, to, steps, batchSize, .*\}: epochs$/,
  });
  await assert.rejects(
    searched({}, tinyModel({ compiled: false })),
    /^TypeError: cannot train; the model must be compiled/,
  );
});

test('a model that is being trained is left alone', async () => {
  const model = tinyModel();
  const training = train(model, split, { batchSize: 8 });
  await training.next();
  const weights = weightsOf(model);
  await assert.rejects(searched({}, model), /^Error: cannot train; one training of a model at a time/);
  assert.deepEqual(weightsOf(model), weights);
  await training.return(undefined as never);
});
