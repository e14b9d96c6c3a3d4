import assert from 'node:assert/strict';
import test from 'node:test';
import { adam } from '../../lib/src/model/keras-defaults';
import { sgd } from '../../lib/src/optimizers/sgd';
import { tf } from '../../lib/src/tensorflow/load';
import { follow } from '../../lib/src/train/follow';
import type { TrainingRecord } from '../../lib/src/train/records';
import { type ReduceOnPlateauOptions, reduceOnPlateau } from '../../lib/src/train/reduce-on-plateau';
import { train } from '../../lib/src/train/train';
import type { Training, TrainOptions } from '../../lib/src/train/training';
import { withoutLeaks } from '../no-leaks';
import { dispose, dropoutModel } from './resumable';
import { epochRecords } from './small-run';
import { tinySplit } from './tiny-problem';

/** The rates of epochs whose validation losses are these, from 1 on. */
function rates(options: ReduceOnPlateauOptions, losses: readonly number[]): number[] {
  const consumer = reduceOnPlateau(options);
  let rate = 1;
  const training = {
    validates: true,
    scaleRate(factor: number) {
      rate *= factor;
    },
  } as Training;
  return epochRecords(losses).map((record, i) => {
    const now = rate;
    void consumer.onRecord({ ...record, rate, valLoss: losses[i] }, training);
    return now;
  });
}

test('the rate is reduced in the epochs in which Keras reduces it', () => {
  // by hand after ReduceLROnPlateau.on_epoch_end of keras/src/callbacks/reduce_lr_on_plateau.py, with cooldown 0
  const losses = [1, 0.9, 0.9, 0.9, 0.9, 0.89995, 0.8, 0.8, 0.8];
  assert.deepEqual(rates({ factor: 0.5, patience: 2 }, losses), [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25]);
  assert.deepEqual(
    rates({ factor: 0.5, patience: 2, minDelta: 0 }, losses),
    [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5],
    'any gain is one',
  );
  assert.deepEqual(rates({ patience: 1 }, [1, 1, 1]), [1, 1, 0.1]);
});

test('it is never reduced to less than minRate, as in Keras', () => {
  const losses = Array(5).fill(1);
  assert.deepEqual(rates({ factor: 0.5, patience: 1, minRate: 0.3 }, losses), [1, 1, 0.5, 0.3, 0.3]);
});

const split = tinySplit(40);

async function stepRates(options: TrainOptions, epochs: number): Promise<number[]> {
  const model = dropoutModel(sgd({ learningRate: 0.2, momentum: 0.9 }));
  const records: TrainingRecord[] = [];
  // no accuracy is better by 2 than that of the first epoch
  const consumer = reduceOnPlateau({ metric: 'accuracy', minDelta: 2, factor: 0.5, patience: 1 });
  const training = train(model, split, { ...options, epochs, batchSize: 40 });
  await follow(training, [consumer], (record) => void records.push(record));
  assert.equal((model.optimizer as unknown as { learningRate: number }).learningRate, 0.2, 'its own again');
  dispose(model);
  return records.flatMap(({ kind, rate }) => (kind === 'step' ? [rate!] : []));
}

test('the next epoch is trained with the reduced rate, compiled and eager, and beside a schedule with its product', async () => {
  await withoutLeaks(async () => {
    for (const compile of [{}, false] as const) {
      assert.deepEqual(await stepRates({ compile }, 4), [0.2, 0.2, 0.1, 0.05]);
    }
    const schedule = (step: number) => 0.8 - 0.2 * step;
    const expected = [schedule(0), schedule(1), schedule(2) / 2];
    assert.deepEqual(await stepRates({ schedule }, 3), expected);
  });
});

test('what it remembers goes on in another one', () => {
  const scaled: number[] = [];
  const training = { validates: true, scaleRate: (factor: number) => void scaled.push(factor) } as Training;
  const records = epochRecords([1, 1, 1]).map((record) => ({ ...record, valLoss: 1 }));
  const first = reduceOnPlateau({ patience: 2 });
  for (const record of records.slice(0, 2)) void first.onRecord(record, training);
  const second = reduceOnPlateau({ patience: 2 });
  second.restore!(structuredClone(first.save!()));
  void second.onRecord(records[2], training);
  assert.deepEqual(scaled, [0.1]);
  assert.deepEqual(second.save!().values, { value: 1, epoch: 1, waited: 0 });
});

test('what cannot be watched or reduced is refused at the first record', async () => {
  await withoutLeaks(async () => {
    const model = dropoutModel(adam());
    await assert.rejects(
      follow(train(model, split), [reduceOnPlateau()], () => {}),
      /^TypeError: cannot watch valLoss; .*no validation split/,
    );
    dispose(model);
    const rateless = dropoutModel(tf.train.sgd(0.1));
    delete (rateless.optimizer as { learningRate?: number }).learningRate;
    const training = train(rateless, split, { compile: false });
    await assert.rejects(
      follow(training, [reduceOnPlateau({ metric: 'loss' })], () => {}),
      {
        name: 'TypeError',
        message:
          'cannot reduce the learning rate; the optimizer must have one: SGD has none; take another optimizer',
      },
    );
    dispose(rateless);
  });
});

test('options that cannot be are refused in words', () => {
  const refused = (options: object, name: string, message: string | RegExp) =>
    assert.throws(() => reduceOnPlateau(options), { name, message });
  refused({ factor: 1 }, 'RangeError', 'invalid factor; not between 0 and 1: 1');
  refused({ patience: 1.5 }, 'RangeError', /^invalid patience; .*: 1.5$/);
  refused({ minRate: -1 }, 'RangeError', 'invalid minRate; not a number of at least 0: -1');
  refused({ cooldown: 1 }, 'TypeError', /cooldown/);
});
