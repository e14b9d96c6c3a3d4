import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { sgd } from '../../lib/src/optimizers/sgd';
import { type Consumer, checkConsumers } from '../../lib/src/train/consumer';
import { DivergedError } from '../../lib/src/train/diverged';
import { earlyStopping } from '../../lib/src/train/early-stopping';
import { follow } from '../../lib/src/train/follow';
import { train } from '../../lib/src/train/train';
import type { TrainOptions } from '../../lib/src/train/training';
import { copyWeights } from '../../lib/src/train/weight-copy';
import { withoutLeaks } from '../no-leaks';
import { dispose, drained, dropoutModel } from './resumable';
import { tinySplit } from './tiny-problem';

const split = tinySplit(40);
const OPTIONS: TrainOptions = { epochs: 3, batchSize: 16, seed: 3 }; // 3 steps an epoch

const newModel = () => dropoutModel(sgd({ learningRate: 0.05, momentum: 0.9 }));

/** A training in the middle of its life, with a consumer that notes what happens. */
function noting(name: string, log: string[], more: Partial<Consumer> = {}): Consumer {
  return {
    name,
    onRecord: ({ kind, step }) => void log.push(`${name} ${kind} ${step}`),
    onEnd: () => void log.push(`${name} end`),
    ...more,
  };
}

async function withModel(run: (model: LayersModel) => Promise<void>): Promise<void> {
  await withoutLeaks(async () => {
    const model = newModel();
    await run(model);
    assert.equal((model as unknown as { isTraining: boolean }).isTraining, false, 'it can be trained again');
    dispose(model);
  });
}

test('a record goes to onRecord, then to the consumers one after the other, and the training waits for them', async () => {
  await withModel(async (model) => {
    const log: string[] = [];
    const slow = noting('slow', log, {
      async onRecord({ kind, step }, training) {
        const weights = copyWeights(training.model);
        await new Promise((done) => setTimeout(done, 5));
        assert.deepEqual(copyWeights(training.model), weights, 'no step meanwhile');
        log.push(`slow ${kind} ${step}`);
      },
    });
    const training = train(model, tinySplit(16), { ...OPTIONS, batchSize: 8, epochs: 1 });
    const end = await follow(
      training,
      [slow, noting('last', log)],
      ({ kind, step }) => void log.push(`${kind} ${step}`),
    );
    assert.equal(end.stopped, 'finished');
    assert.deepEqual(log, [
      ...['step 1', 'slow step 1', 'last step 1', 'step 2', 'slow step 2', 'last step 2'],
      ...['epoch 2', 'slow epoch 2', 'last epoch 2', 'slow end', 'last end'],
    ]);
  });
});

test('a consumer that stops the training ends it after the record, with its reason', async () => {
  await withModel(async (model) => {
    const log: string[] = [];
    const stopper = noting('stopper', log, {
      onRecord: ({ step }, training) => void (step === 2 && training.stop('that will do')),
    });
    const end = await follow(train(model, split, OPTIONS), [stopper, noting('last', log)], () => {});
    assert.deepEqual([end.stopped, end.reason, end.epochs.length], ['stopped', 'that will do', 0]);
    assert.deepEqual(log, ['last step 1', 'last step 2', 'stopper end', 'last end']);
  });
});

test('a consumer that throws ends the training with its error; the consumers are told of the end, the weights are kept', async () => {
  await withModel(async (model) => {
    const log: string[] = [];
    let weights: unknown;
    const thrower: Consumer = {
      name: 'thrower',
      onRecord({ step }) {
        if (step !== 2) return;
        weights = copyWeights(model);
        throw new RangeError('planted');
      },
    };
    await assert.rejects(
      follow(train(model, split, OPTIONS), [noting('first', log), thrower], () => {}),
      {
        name: 'RangeError',
        message: 'planted',
      },
    );
    assert.deepEqual(log, ['first step 1', 'first step 2', 'first end']);
    assert.deepEqual(copyWeights(model), weights);
  });
});

/** A rate that is good for so many steps and then spoils everything. */
const spoiling = (steps: number) => (step: number) => (step < steps ? 0.05 : 1e30);

for (const averageDecay of [undefined, 0.9]) {
  const what = averageDecay === undefined ? 'weights' : 'averaged weights';
  test(`when the loss diverges the model has the ${what} after the last good epoch, and the error says so`, async () => {
    await withModel(async (model) => {
      // in the last step of the second epoch: its own losses are finite all the same
      const options = { ...OPTIONS, averageDecay, schedule: spoiling(5) };
      const log: string[] = [];
      const training = train(model, split, options);
      await assert.rejects(
        follow(training, [noting('last', log)], () => {}),
        (error) => {
          assert.ok(error instanceof DivergedError);
          assert.deepEqual([error.step, error.epoch, error.rate], [7, 3, 1e30]);
          assert.equal(
            error.message,
            'training diverged; the loss must be a finite number: NaN at step 7, epoch 3; ' +
              'the model has its last good weights again, those after epoch 1, and lower the learning rate (now 1e+30)',
          );
          return true;
        },
      );
      assert.deepEqual(log.slice(-2), ['last epoch 6', 'last end']);
      const shorter = newModel();
      await drained(train(shorter, split, { ...options, epochs: 1 }));
      assert.deepEqual([...copyWeights(model).values()], [...copyWeights(shorter).values()]);
      dispose(shorter);
    });
  });
}

test('a training that diverges in its first epoch leaves the weights from before it', async () => {
  await withModel(async (model) => {
    const before = copyWeights(model);
    const consumers = [earlyStopping({ metric: 'loss' })];
    await assert.rejects(
      follow(train(model, split, { ...OPTIONS, schedule: spoiling(0), compile: false }), consumers, () => {}),
      /those from before the training, and lower the learning rate/,
    );
    assert.deepEqual(copyWeights(model), before);
  });
});

test('two consumers of one name are refused, for a checkpoint could not tell their states apart', () => {
  const consumers = [earlyStopping(), noting('other', []), earlyStopping({ metric: 'loss' })];
  assert.throws(() => checkConsumers(consumers), {
    name: 'TypeError',
    message:
      'invalid consumers; their names must differ: two are called "early stopping"; give one another name: { ...consumer, name }',
  });
  checkConsumers([consumers[0], { ...consumers[2], name: 'early stopping by loss' }]);
});
