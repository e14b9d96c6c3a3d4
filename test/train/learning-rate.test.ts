/** Whose learning rate a step takes, what the records say of it, and that the optimizer has its own back. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, Optimizer, Scalar, Tensor } from '@tensorflow/tfjs-node-gpu';
import { GraphSession } from '../../lib/src/compile/graph-session';
import { batchOf, orderOf } from '../../lib/src/data/batches';
import { adam } from '../../lib/src/model/keras-defaults';
import { adamW } from '../../lib/src/optimizers/adam-w';
import { muon } from '../../lib/src/optimizers/muon';
import { sgd } from '../../lib/src/optimizers/sgd';
import { tf } from '../../lib/src/tensorflow/load';
import type { EpochRecord, StepRecord } from '../../lib/src/train/records';
import { constant, cosine, type Schedule } from '../../lib/src/train/schedules';
import { train } from '../../lib/src/train/train';
import type { Training, TrainOptions } from '../../lib/src/train/training';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit, weightsOf } from './tiny-problem';

const split = tinySplit(40);
const COMPILED = { compile: {} } as const;
const EAGER = { compile: false } as const;
const BOTH = [COMPILED, EAGER];

const modelOf = (optimizer: Optimizer): LayersModel => {
  const model = tinyModel({ compiled: false });
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
};

const rateOf = (optimizer: Optimizer) => (optimizer as unknown as { learningRate: number }).learningRate;

/** Ten steps in two epochs. */
async function recordsOf(
  model: LayersModel,
  options: TrainOptions,
  onStep: (step: StepRecord, training: Training) => void = () => {},
) {
  const steps: StepRecord[] = [];
  const epochs: EpochRecord[] = [];
  const training = train(model, split, { batchSize: 8, epochs: 2, seed: 1, ...options });
  for await (const record of training) {
    if (record.kind === 'epoch') epochs.push(record);
    else {
      steps.push(record);
      onStep(record, training);
    }
  }
  return { steps, epochs, rates: steps.map(({ rate }) => rate) };
}

const OPTIMIZERS: Record<string, (rate: number) => Optimizer> = {
  sgd: (learningRate) => sgd({ learningRate, momentum: 0.9 }),
  adam,
  adamW: (learningRate) => adamW({ learningRate }),
  muon: (learningRate) => muon({ learningRate }),
  'tf.train.sgd': (rate) => tf.train.sgd(rate),
  'tf.train.momentum': (rate) => tf.train.momentum(rate, 0.9),
  'tf.train.adam': (rate) => tf.train.adam(rate),
};

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  test(`${name}: the schedule's rates are in the records, and the optimizer has its own back`, async () => {
    for (const choice of BOTH) {
      await withoutLeaks(async () => {
        const [optimizer, schedule] = [make(0.5), cosine(0.02, 10)];
        const model = modelOf(optimizer);
        const { rates, epochs } = await recordsOf(model, { schedule, ...choice });
        assert.deepEqual(
          rates,
          [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((step) => schedule(step)),
        );
        assert.deepEqual(
          epochs.map(({ rate }) => rate),
          [schedule(4), schedule(9)],
        );
        assert.equal(rateOf(optimizer), 0.5);
        model.dispose();
        disposeOf(optimizer);
      });
    }
  });

  test(`${name}: a constant schedule is the same rate given to the optimizer, to the bit`, async () => {
    const ends: number[][] = [];
    for (const [own, schedule] of [[0.5, constant(0.02)] as const, [0.02, undefined] as const]) {
      const model = modelOf(make(own));
      const { rates } = await recordsOf(model, { schedule });
      assert.deepEqual(rates, Array(10).fill(0.02));
      ends.push(weightsOf(model));
    }
    assert.deepEqual(ends[0], ends[1]);
  });

  test(`${name}: nothing is recorded anew when the rate changes`, async (t) => {
    const recorded = t.mock.method(GraphSession.prototype, 'add').mock;
    const options = { schedule: cosine(0.02, 10), stepsPerCall: 1 };
    await recordsOf(modelOf(make(0.5)), options, ({ step }, training) => {
      if (step % 3 === 0) training.scaleRate(0.9);
    });
    assert.equal(recorded.callCount(), 1);
  });
}

function disposeOf(optimizer: Optimizer): void {
  const { c } = optimizer as unknown as { c?: Tensor }; // momentum forgets it
  optimizer.dispose();
  if (c && !c.isDisposed) c.dispose();
}

test('the rate of a step is what the optimizer used in it: weight - rate * gradient', async () => {
  for (const choice of BOTH) {
    const model = modelOf(tf.train.sgd(7));
    const schedule: Schedule = (step) => 0.01 * (step + 1);
    const order = [...orderOf(split, 1, 1)];
    let expected = steppedByHand(model, order.slice(0, 8), 0.01);
    await recordsOf(model, { schedule, epochs: 1, ...choice }, ({ step }) => {
      const kernel = model.getWeights()[0].dataSync();
      expected.forEach((value, i) => {
        assert.ok(Math.abs(kernel[i] - value) < 1e-6, `step ${step}: ${kernel[i]}, not ${value}`);
      });
      if (step < 5) {
        expected = steppedByHand(model, order.slice(8 * step, 8 * step + 8), 0.01 * (step + 1));
      }
    });
  }
});

/** What the first kernel is after a step of gradient descent on these images. */
function steppedByHand(model: LayersModel, images: number[], rate: number): number[] {
  return tf.tidy(() => {
    const { images: x, labels } = batchOf(split, images);
    const { grads } = tf.variableGrads(() => {
      const probabilities = model.apply(x, { training: true }) as Tensor;
      return probabilities.log().mul(labels).sum(1).mean().neg() as Scalar;
    });
    const kernel = model.weights[0].read() as tf.Variable;
    return [...kernel.sub(grads[kernel.name].mul(rate)).dataSync()];
  });
}

test('a rate of 0 leaves the trained weights as they are', async () => {
  const model = modelOf(adamW({ weightDecay: 0.1 }));
  const before = weightsOf(model).slice(0, 108);
  await recordsOf(model, { schedule: constant(0) });
  assert.deepEqual(weightsOf(model).slice(0, 108), before);
});

test('a schedule is asked for no step beyond the last', async () => {
  const rates = [5, 4, 3, 2, 1, 5, 4, 3, 2, 1].map((rate) => rate / 1000);
  for (const stepsPerCall of [1, 2, 5]) {
    const asked: number[] = [];
    const schedule: Schedule = (step) => {
      asked.push(step);
      return rates[step];
    };
    const { epochs } = await recordsOf(modelOf(adam()), { schedule, stepsPerCall });
    assert.equal(Math.max(...asked), { 1: 9, 2: 9, 5: 5 }[stepsPerCall]);
    assert.deepEqual(
      epochs.map(({ rate }) => rate),
      stepsPerCall === 5 ? [0.005, 0.005] : [0.001, 0.001],
    );
  }
});

test('with several steps in a call the rate changes once a call, and the records say so', async () => {
  const { rates } = await recordsOf(modelOf(adam()), { schedule: (step) => step / 100, stepsPerCall: 2 });
  assert.deepEqual(
    rates,
    [0, 0, 2, 2, 4, 5, 5, 7, 7, 9].map((step) => step / 100),
  );
});

test('the optimizer has its own rate back after an abort, a break, and an error', async () => {
  const schedule = constant(0.01);
  for (const choice of BOTH) {
    const optimizer = tf.train.momentum(0.3, 0.9); // keeps a tensor of its rate
    const model = modelOf(optimizer);
    const options = { schedule, ...choice };
    await recordsOf(model, options);
    await withoutLeaks(async () => {
      const controller = new AbortController();
      const { steps } = await recordsOf(model, { ...options, signal: controller.signal }, () => {
        assert.equal(rateOf(optimizer), 0.01);
        controller.abort();
      });
      assert.deepEqual([steps.length, rateOf(optimizer)], [1, 0.3]);
      for await (const _ of train(model, split, options)) break;
      assert.equal(rateOf(optimizer), 0.3);
      const failing = () => {
        throw new Error('of the loop');
      };
      await assert.rejects(recordsOf(model, options, failing), /of the loop/);
      assert.equal(rateOf(optimizer), 0.3);
    });
  }
});

test('an optimizer whose rate a compiled step freezes cannot follow a schedule, but for eagerly', async () => {
  const optimizer = tf.train.rmsprop(0.5);
  const model = modelOf(optimizer);
  const options = { schedule: cosine(0.01, 10) };
  await assert.rejects(
    recordsOf(model, options),
    new TypeError(
      'cannot follow the schedule; in compiled steps the rate of RMSProp is frozen, and each new one would be recorded anew; ' +
        'use sgd, adam, adamW or muon, or train with compile: false',
    ),
  );
  const { rates } = await recordsOf(model, { ...options, ...EAGER });
  assert.equal(rates[9], options.schedule(9));
  assert.equal(rateOf(optimizer), 0.5);
  const [fixed, scheduled] = [modelOf(tf.train.rmsprop(0.01)), modelOf(tf.train.rmsprop(0.5))];
  await recordsOf(fixed, EAGER);
  await recordsOf(scheduled, { schedule: constant(0.01), ...EAGER });
  assert.deepEqual(weightsOf(scheduled), weightsOf(fixed));
});

/** Always takes the same step. */
class Rateless extends tf.Optimizer {
  static readonly className = 'Rateless';

  applyGradients(): void {
    this.incrementIterations();
  }

  getConfig() {
    return {};
  }
}

test('an optimizer without a rate trains without a schedule, and can neither follow one nor be scaled', async () => {
  for (const choice of BOTH) {
    const model = modelOf(new Rateless());
    const { rates } = await recordsOf(model, choice);
    assert.ok(rates.every(Number.isNaN));
    await assert.rejects(
      recordsOf(model, { schedule: constant(1), ...choice }),
      new TypeError('cannot follow the schedule; the optimizer must have a learning rate: Rateless has none'),
    );
    const scaling = recordsOf(model, choice, (_, training) => training.scaleRate(0.5));
    await assert.rejects(
      scaling,
      new TypeError(
        'cannot scale the learning rate; the optimizer must have a learning rate: Rateless has none',
      ),
    );
  }
});

test('a schedule that gives what is no rate is refused, with the step; the steps before it stay', async () => {
  for (const choice of BOTH) {
    for (const [value, text] of [
      [Number.NaN, 'NaN'],
      [-0.1, '-0.1'],
      [Number.POSITIVE_INFINITY, 'Infinity'],
      [undefined, 'undefined'],
      ['0.1', '"0.1"'],
    ] as const) {
      const optimizer = adam(0.5);
      const model = modelOf(optimizer);
      const steps: number[] = [];
      const schedule = ((step) => (step === 3 ? value : 0.01)) as Schedule;
      await assert.rejects(
        recordsOf(model, { schedule, ...choice }, ({ step }) => steps.push(step)),
        new RangeError(
          `invalid schedule; a learning rate must be a finite number of at least 0: ${text} at step 3`,
        ),
      );
      assert.deepEqual([steps, optimizer.iterations, rateOf(optimizer)], [[1, 2, 3], 3, 0.5]);
      assert.equal((await recordsOf(model, { epochs: 1, ...choice })).steps.length, 5);
    }
  }
});

test('what is no schedule is refused at the call', () => {
  const model = modelOf(adam());
  assert.throws(
    () => train(model, split, { schedule: 0.1 as never }),
    new TypeError(
      'invalid schedule; not a function that gives each step its rate: 0.1; for one rate use constant()',
    ),
  );
});

test('scaleRate multiplies all rates to come, with and without a schedule, and the way back is open', async () => {
  const factors: Record<number, number> = { 2: 0.5, 5: 0.5, 7: 4 }; // after these steps
  const scaled = [1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 1, 1, 1];
  const scale = ({ step }: StepRecord, training: Training) => {
    if (factors[step]) training.scaleRate(factors[step]);
  };
  for (const choice of BOTH) {
    const optimizer = tf.train.momentum(0.02, 0.9);
    const model = modelOf(optimizer);
    const { rates } = await recordsOf(model, choice, scale);
    assert.deepEqual(
      rates,
      scaled.map((factor) => 0.02 * factor),
    );
    assert.equal(rateOf(optimizer), 0.02);
    const schedule: Schedule = (step) => (step + 1) / 1000;
    const both = await recordsOf(model, { schedule, ...choice }, scale);
    assert.deepEqual(
      both.rates,
      scaled.map((factor, step) => schedule(step) * factor),
    );
    assert.equal(rateOf(optimizer), 0.02);
  }
});

test('scaling is what the optimizer uses, of RMSProp too, whose compiled step is recorded anew for it', async (t) => {
  const run = async (choice: TrainOptions) => {
    const model = modelOf(tf.train.rmsprop(0.01));
    const told = await recordsOf(model, { epochs: 1, ...choice }, ({ step }, training) => {
      if (step === 2) training.scaleRate(0.1);
    });
    return told.steps;
  };
  const eager = await run(EAGER);
  const recorded = t.mock.method(GraphSession.prototype, 'add').mock;
  const compiled = await run(COMPILED);
  assert.equal(recorded.callCount(), 2);
  compiled.forEach(({ loss, rate }, i) => {
    assert.ok(Math.abs(loss - eager[i].loss) < 1e-3, `step ${i}: ${loss}, not ${eager[i].loss}`);
    assert.equal(rate, eager[i].rate);
  });
});

test('before the first record and after an epoch rates may be scaled as well', async () => {
  const model = modelOf(adam(0.01));
  const training = train(model, split, { batchSize: 20, epochs: 2 });
  training.scaleRate(0.5);
  const rates: number[] = [];
  for await (const record of training) {
    if (record.kind === 'step') rates.push(record.rate);
    else training.scaleRate(0.5);
  }
  assert.deepEqual(rates, [0.005, 0.005, 0.0025, 0.0025]);
});

test('a factor that is none is refused', () => {
  const training = train(modelOf(adam()), split);
  for (const factor of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(
      () => training.scaleRate(factor),
      new RangeError(`invalid factor of the learning rate; not a positive number: ${factor}`),
    );
  }
});

test('a rate that is set by hand between two steps stays, where there is no schedule', async () => {
  for (const choice of BOTH) {
    const optimizer = sgd({ learningRate: 0.02 });
    const model = modelOf(optimizer);
    const { rates, epochs } = await recordsOf(model, { epochs: 1, ...choice }, ({ step }) => {
      if (step === 2) optimizer.learningRate = 0.005;
    });
    assert.deepEqual(rates, [0.02, 0.02, 0.005, 0.005, 0.005]);
    assert.equal(epochs[0].rate, 0.005);
    assert.equal(optimizer.learningRate, 0.005);
  }
});

test('the rate that is given back is that at the first step, not at the call of train()', async () => {
  const optimizer = sgd({ learningRate: 0.02 });
  const training = train(modelOf(optimizer), split, { epochs: 1, schedule: constant(0.01) });
  optimizer.learningRate = 0.03;
  for await (const _ of training);
  assert.equal(optimizer.learningRate, 0.03);
});
