import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { batchesOf } from '../../lib/src/data/batches';
import { tf } from '../../lib/src/tensorflow/load';
import type { EpochRecord } from '../../lib/src/train/records';
import { train } from '../../lib/src/train/train';
import type { TrainOptions } from '../../lib/src/train/training';
import { WeightAverage } from '../../lib/src/train/weight-average';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit, weightsOf } from './tiny-problem';

const split = tinySplit(40);
const validation = tinySplit(30, 2);
const COMPILED = { compile: {} } as const;
const EAGER = { compile: false } as const;

function modelWithMomentum(): LayersModel {
  const model = tinyModel({ compiled: false });
  const optimizer = tf.train.momentum(0.05, 0.9);
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

function assertClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-6): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    const off = Math.abs(value - expected[i]);
    assert.ok(off <= tolerance * Math.max(1, Math.abs(expected[i])), `${i}: ${value}, not ${expected[i]}`);
  });
}

/** The weights' average after each of the steps whose weights these are, in JavaScript. */
function averagesOf(first: readonly number[], weights: readonly number[][], decay: number): number[][] {
  let average = [...first];
  return weights.map((values, t) => {
    const kept = Math.min(decay, (1 + t) / (10 + t));
    average = average.map((mean, i) => kept * mean + (1 - kept) * values[i]);
    return average;
  });
}

/** A training of a new model, with the weights as they are at its beginning, at every record, and at its end. */
async function watched(options: TrainOptions) {
  const model = modelWithMomentum();
  const first = weightsOf(model);
  const steps: number[][] = [];
  const epochs: { record: EpochRecord; weights: number[] }[] = [];
  for await (const record of train(model, split, { batchSize: 8, epochs: 2, seed: 1, ...options })) {
    if (record.kind === 'step') steps.push(weightsOf(model));
    else epochs.push({ record, weights: weightsOf(model) });
  }
  return { model, first, steps, epochs, end: weightsOf(model) };
}

for (const [name, choice] of Object.entries({ compiled: COMPILED, eagerly: EAGER })) {
  for (const averageDecay of [0, 0.4, 0.999]) {
    test(`${name}, decay ${averageDecay}: the model ends with the average over ten steps, batch norm's statistics included`, async () => {
      const { first, steps, end } = await watched({ averageDecay, ...choice });
      assert.equal(steps.length, 10);
      const expected = averagesOf(first, steps, averageDecay).at(-1)!;
      assertClose(end, expected);
      if (averageDecay === 0) return;
      const statistics = (weights: readonly number[]) => weights.slice(-8); // after all that is trained: 4 means and variances
      statistics(end).forEach((value, i) => {
        assert.notEqual(value, statistics(steps[9])[i]);
      });
    });
  }

  test(`${name}: an average changes nothing in the steps`, async () => {
    const [averaged, plain] = [await watched({ averageDecay: 0.9, ...choice }), await watched(choice)];
    assert.deepEqual(averaged.steps, plain.steps);
    assert.deepEqual(plain.end, plain.steps.at(-1));
  });

  test(`${name}: the average is what is validated; then the model has its own weights back`, async () => {
    const { first, steps, epochs } = await watched({ averageDecay: 0.9, validation, ...choice });
    const averages = averagesOf(first, steps, 0.9);
    const twin = modelWithMomentum();
    for (const [epoch, { record, weights }] of epochs.entries()) {
      const last = 5 * epoch + 4;
      assert.deepEqual(weights, steps[last]);
      assign(twin, averages[last]);
      const { loss, accuracy } = measured(twin);
      assertClose([record.valLoss!, record.valAccuracy!], [loss, accuracy], 1e-5);
      assign(twin, steps[last]);
      assert.ok(Math.abs(measured(twin).loss - loss) > 1e-3, 'the two are too much alike to tell');
    }
  });

  test(`${name}: an abort, a break, and an error in the loop leave the average too`, async () => {
    const options = { averageDecay: 0.9, batchSize: 8, seed: 1, ...choice };
    const ends: Record<string, (at: { step: number; abort(): void }) => void> = {
      abort: ({ step, abort }) => step === 3 && abort(),
      break: () => {},
      error: ({ step }) => {
        if (step === 3) throw new Error('of the loop');
      },
    };
    for (const [kind, act] of Object.entries(ends)) {
      const model = modelWithMomentum();
      const first = weightsOf(model);
      const steps: number[][] = [];
      const controller = new AbortController();
      const loop = async () => {
        for await (const record of train(model, split, { ...options, signal: controller.signal })) {
          if (record.kind !== 'step') continue;
          steps.push(weightsOf(model));
          act({ step: steps.length, abort: () => controller.abort() });
          if (kind === 'break' && steps.length === 3) break;
        }
      };
      if (kind === 'error') await assert.rejects(loop, /of the loop/);
      else await loop();
      assert.equal(steps.length, 3);
      assertClose(weightsOf(model), averagesOf(first, steps, 0.9)[2]);
    }
  });

  test(`${name}: another training with an average begins with the weights that the first one left`, async () => {
    const { model, end } = await watched({ averageDecay: 0.9, ...choice });
    const steps: number[][] = [];
    for await (const record of train(model, split, {
      averageDecay: 0.5,
      batchSize: 20,
      epochs: 1,
      ...choice,
    })) {
      if (record.kind === 'step') steps.push(weightsOf(model));
    }
    assertClose(weightsOf(model), averagesOf(end, steps, 0.5).at(-1)!);
  });
}

test('with several steps in a call the average is that of one step a call, to the bit', async () => {
  const { end } = await watched({ averageDecay: 0.9 });
  for (const stepsPerCall of [2, 3]) {
    assert.deepEqual((await watched({ averageDecay: 0.9, stepsPerCall })).end, end);
  }
});

/** What TensorFlow.js says of the validation images. */
function measured(model: LayersModel): { loss: number; accuracy: number } {
  return tf.tidy(() => {
    const [batch] = batchesOf(validation, { batchSize: 30 });
    const [loss, accuracy] = (model.evaluate(batch.images, batch.labels) as Tensor[]).map(
      (value) => value.dataSync()[0],
    );
    return { loss, accuracy };
  });
}

/** Gives a model weights that {@link weightsOf} listed. */
function assign(model: LayersModel, values: readonly number[]): void {
  let at = 0;
  tf.tidy(() =>
    model.setWeights(
      model.getWeights().map((weight) => {
        const own = values.slice(at, at + weight.size);
        at += weight.size;
        return tf.tensor(own, weight.shape);
      }),
    ),
  );
}

test('during() gives the weights back although what runs on the average fails, and leaves nothing behind', async () => {
  const model = tinyModel();
  const first = weightsOf(model);
  await withoutLeaks(async () => {
    const average = new WeightAverage(model, 0.999);
    const moved = first.map((value) => Math.fround(value + 1));
    assign(model, moved);
    average.update();
    const expected = averagesOf(first, [moved], 0.999)[0];
    const seen = await average.during(async () => weightsOf(model));
    assertClose(seen, expected);
    await assert.rejects(
      average.during(() => Promise.reject(new Error('of the run'))),
      /of the run/,
    );
    assertClose(weightsOf(model), moved, 0);
    average.apply();
    assert.deepEqual(weightsOf(model), seen);
    average.dispose();
  });
  assert.equal(
    model.getWeights().some((weight) => weight.isDisposed),
    false,
  );
});

test('in the first steps less of the average is kept: 1/10 of it, 2/11, 3/12, and then what is asked for', () => {
  const model = tinyModel();
  const average = new WeightAverage(model, 0.2);
  let expected = weightsOf(model)[0];
  for (const kept of [1 / 10, 2 / 11, 0.2, 0.2]) {
    assign(
      model,
      weightsOf(model).map((value) => value + 1),
    );
    average.update();
    average.updates++;
    expected = kept * expected + (1 - kept) * weightsOf(model)[0];
    assertClose([average.variables[0].dataSync()[0]], [expected]);
  }
  average.dispose();
});
