import assert from 'node:assert/strict';
import test from 'node:test';
import { adam } from '../../lib/src/model/keras-defaults';
import type { Consumer } from '../../lib/src/train/consumer';
import { type EarlyStoppingOptions, earlyStopping } from '../../lib/src/train/early-stopping';
import { follow } from '../../lib/src/train/follow';
import type { EpochRecord } from '../../lib/src/train/records';
import { train } from '../../lib/src/train/train';
import type { Training, TrainOptions } from '../../lib/src/train/training';
import { copyWeights, type WeightCopies } from '../../lib/src/train/weight-copy';
import { withoutLeaks } from '../no-leaks';
import { dispose, drained, dropoutModel } from './resumable';
import { epochRecords } from './small-run';
import { tinySplit } from './tiny-problem';

/** In which epochs early stopping would end a training whose epochs have these values, and what it says first. */
function stops(
  options: EarlyStoppingOptions,
  values: readonly number[],
): { epochs: number[]; reason?: string } {
  const { metric = 'valLoss' } = options;
  const consumer = earlyStopping({ ...options, restoreBestWeights: false });
  const epochs: number[] = [];
  let reason: string | undefined;
  for (const record of epochRecords(values)) {
    const training = {
      validates: true,
      stop(why: string) {
        epochs.push(record.epoch);
        reason ??= why;
      },
    } as Training;
    void consumer.onRecord({ ...record, [metric]: values[record.epoch - 1] }, training);
  }
  return { epochs, ...(reason !== undefined && { reason }) };
}

test('a training is stopped after as many epochs without a better one as its patience', () => {
  assert.deepEqual(stops({ patience: 2 }, [0.5, 0.4, 0.4, 0.3, 0.35, 0.3]), {
    epochs: [6],
    reason: 'valLoss did not get better than 0.3 (epoch 4) for 2 epochs',
  });
  assert.deepEqual(
    stops({ patience: 1 }, [0.5, 0.6]).reason,
    'valLoss did not get better than 0.5 (epoch 1) for an epoch',
  );
  assert.deepEqual(stops({}, [1, 2, 2, 2]).epochs, [4], 'by default 3');
});

test('losses get better by falling, accuracies by rising, and both by more than minDelta', () => {
  assert.deepEqual(stops({ metric: 'loss', patience: 1 }, [3, 2, 1]).epochs, []);
  assert.deepEqual(stops({ metric: 'accuracy', patience: 1 }, [0.1, 0.2, 0.3]).epochs, []);
  assert.deepEqual(stops({ metric: 'valAccuracy', patience: 1 }, [0.3, 0.2]).epochs, [2]);
  assert.deepEqual(stops({ minDelta: 0.1, patience: 1 }, [1, 0.95]).epochs, [2]);
  assert.deepEqual(stops({ minDelta: 0.1, patience: 1 }, [1, 0.85]).epochs, []);
});

test('a loss that is no number is never better', () => {
  assert.deepEqual(stops({ patience: 2 }, [0.5, Number.NaN, Number.NaN]).epochs, [3]);
  assert.deepEqual(
    stops({ patience: 2 }, [Number.NaN, Number.NaN]).reason,
    'valLoss was no number for 2 epochs',
  );
});

const split = tinySplit(40);
const validation = tinySplit(12, 2);
/** With wrong labels, so that the better a model gets the worse it looks. */
const misleading = { ...validation, labels: validation.labels.map((label) => (label + 1) % 3) };

const OPTIONS: TrainOptions = { epochs: 8, batchSize: 16, seed: 3, validation: misleading };

/** Trains with a look at the weights that each epoch was validated with. */
async function trained(options: TrainOptions, consumer: Consumer) {
  const model = dropoutModel(adam(0.01));
  const validated: WeightCopies[] = [];
  const look: Consumer = {
    name: 'look',
    onRecord: ({ kind }, training) => void (kind === 'epoch' && validated.push(training.validatedWeights())),
  };
  const end = await follow(train(model, split, options), [look, consumer], () => {});
  const weights = copyWeights(model);
  dispose(model);
  return { validated, end, weights };
}

function bestEpoch(epochs: readonly EpochRecord[]): number {
  const losses = epochs.map(({ valLoss }) => valLoss!);
  return losses.indexOf(Math.min(...losses));
}

for (const averageDecay of [undefined, 0.9]) {
  const weights = averageDecay === undefined ? 'weights' : 'averaged weights';
  test(`the model ends with the ${weights} of its best epoch`, async () => {
    await withoutLeaks(async () => {
      const options = { ...OPTIONS, ...(averageDecay !== undefined && { averageDecay }) };
      const { validated, end, weights } = await trained(options, earlyStopping({ patience: 2 }));
      const best = bestEpoch(end.epochs);
      assert.deepEqual([end.stopped, end.epochs.length], ['stopped', best + 3]);
      assert.deepEqual(weights, validated[best]);
    });
  });
}

test('without restoreBestWeights the model keeps its last weights', async () => {
  const { validated, end, weights } = await trained(
    OPTIONS,
    earlyStopping({ patience: 2, restoreBestWeights: false }),
  );
  assert.equal(end.stopped, 'stopped');
  assert.deepEqual(weights, validated.at(-1));
});

test('a training that is over before it is stopped ends with its best weights too', async () => {
  const { validated, end, weights } = await trained(
    { ...OPTIONS, epochs: 3 },
    earlyStopping({ patience: 9 }),
  );
  assert.equal(end.stopped, 'finished');
  assert.deepEqual(weights, validated[bestEpoch(end.epochs)]);
  assert.notDeepEqual(weights, validated.at(-1));
});

test('what it remembers goes on in another one', async () => {
  const records = epochRecords([0.5, 0.6, 0.7]).map((record, i) => ({ ...record, valLoss: [1, 2, 2][i] }));
  const model = dropoutModel(adam());
  const reasons: string[] = [];
  const training = {
    model,
    validates: true,
    validatedWeights: () => copyWeights(model),
    stop: (reason: string) => void reasons.push(reason),
  } as unknown as Training;
  const first = earlyStopping({ patience: 2 });
  for (const record of records.slice(0, 2)) await first.onRecord(record, training);
  const best = copyWeights(model);
  const second = earlyStopping({ patience: 2 });
  second.restore!(structuredClone(first.save!()));
  assert.deepEqual(second.save!(), first.save!());
  await second.onRecord(records[2], training);
  assert.deepEqual(reasons, ['valLoss did not get better than 1 (epoch 1) for 2 epochs']);

  const other = dropoutModel(adam());
  await drained(train(other, split, { epochs: 1 }));
  await second.onEnd!({ model: other } as Training);
  assert.deepEqual([...copyWeights(other).values()], [...best.values()]);
  dispose(model);
  dispose(other);
});

test('a metric that the training does not measure is refused at the first record', async () => {
  const refused = async (consumer: Consumer, message: string, options: TrainOptions, metrics: string[]) => {
    const model = dropoutModel(adam());
    model.compile({ optimizer: model.optimizer, loss: 'categoricalCrossentropy', metrics });
    let records = 0;
    const training = train(model, split, options);
    await assert.rejects(
      follow(training, [consumer], () => void records++),
      { name: 'TypeError', message },
    );
    assert.equal(records, 1);
    assert.equal((model as unknown as { isTraining: boolean }).isTraining, false);
    dispose(model);
  };
  await withoutLeaks(async () => {
    await refused(
      earlyStopping(),
      'cannot watch valLoss; epochs must be validated for it: the training has no validation split; give one, or watch loss',
      { epochs: 1 },
      ['accuracy'],
    );
    await refused(
      earlyStopping({ metric: 'valAccuracy' }),
      "cannot watch valAccuracy; the model must measure it: it was compiled without; compile it with metrics: ['accuracy'], or watch a loss",
      { epochs: 1, validation },
      [],
    );
  });
});

test('an interrupted validation counts as no epoch, and ends no training with an error', async () => {
  const abort = new AbortController();
  const consumer = earlyStopping({ patience: 9 });
  const model = dropoutModel(adam());
  const training = train(model, split, { ...OPTIONS, batchSize: 40, signal: abort.signal });
  const end = await follow(training, [consumer], ({ kind, step }) => {
    if (kind === 'step' && step === 3) abort.abort();
  });
  assert.deepEqual([end.stopped, end.epochs.length], ['aborted', 3]);
  assert.equal(end.epochs[2].valLoss, undefined);
  const { epoch, waited } = consumer.save!().values;
  assert.equal(Number(epoch) + Number(waited), 2);
  dispose(model);
});

test('an epoch whose validation was aborted, and whose record comes again, counts once by its own loss too', () => {
  const consumer = earlyStopping({ metric: 'loss', patience: 1, restoreBestWeights: false });
  const stopped: string[] = [];
  const training = { validates: true, stop: (why: string) => void stopped.push(why) } as unknown as Training;
  const [whole] = epochRecords([0.5]);
  const { valLoss: _, valAccuracy: __, ...half } = whole;
  for (const record of [half, whole]) void consumer.onRecord(record, training);
  assert.deepEqual(consumer.save!().values, { value: whole.loss, epoch: 1, waited: 0 });
  assert.deepEqual(stopped, []);
});

test('options that cannot be are refused in words', () => {
  const refused = (options: object, name: string, message: string | RegExp) =>
    assert.throws(() => earlyStopping(options), { name, message });
  refused({ patience: 0 }, 'RangeError', /^invalid patience; .*: 0$/);
  refused({ minDelta: -1 }, 'RangeError', 'invalid minDelta; not a number of at least 0: -1');
  refused({ metric: 'f1' }, 'TypeError', /^invalid metric; .*f1/);
  refused({ pattience: 1 }, 'TypeError', /pattience/);
});
