/** What is trained on trial must leave no trace: the training that follows has the bits of one that was never preceded by it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { adam } from '../../lib/src/model/keras-defaults';
import { adamW } from '../../lib/src/optimizers/adam-w';
import { sgd } from '../../lib/src/optimizers/sgd';
import { device } from '../../lib/src/tensorflow/device';
import { tf } from '../../lib/src/tensorflow/load';
import { type CompileChoice, functionsOf } from '../../lib/src/train/model-functions';
import { train } from '../../lib/src/train/train';
import type { TrainOptions } from '../../lib/src/train/training';
import { trial } from '../../lib/src/train/trial';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit, weightsOf } from './tiny-problem';

const split = tinySplit(30);

function modelWith(optimizer: tf.Optimizer): tf.LayersModel {
  const model = tinyModel({ compiled: false });
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

async function trained(model: tf.LayersModel, options: TrainOptions = {}): Promise<void> {
  for await (const _ of train(model, split, { epochs: 1, batchSize: 8, ...options }));
}

/** Weights and all that the optimizer tells, as numbers. */
async function stateOf(model: tf.LayersModel): Promise<number[][]> {
  const told = await model.optimizer.getWeights();
  const state = [weightsOf(model), ...told.map(({ tensor }) => [...tensor.dataSync()])];
  for (const { tensor } of told) if (!(tensor instanceof tf.Variable)) tensor.dispose();
  return state;
}

const OPTIMIZERS: readonly (readonly [name: string, make: () => tf.Optimizer, choices: CompileChoice[]])[] = [
  ["Keras's Adam", () => adam(0.01), [{}, false]],
  ["TensorFlow.js's Adam", () => tf.train.adam(0.01), [{}]],
  ["TensorFlow.js's momentum", () => tf.train.momentum(0.05, 0.9), [{}]],
  ['SGD with momentum', () => sgd({ learningRate: 0.05, momentum: 0.9 }), [{}, false]],
  ['AdamW', () => adamW({ learningRate: 0.01 }), [{}]],
  ['Adagrad, whose averages do not begin with 0', () => tf.train.adagrad(0.05), [{}, false]],
  ['RMSProp', () => tf.train.rmsprop(0.01), [false]],
];

for (const [name, make, choices] of OPTIMIZERS) {
  for (const compile of choices) {
    test(`a trial leaves no trace in ${name}, ${compile ? 'compiled' : 'eager'}, new or used`, async () => {
      const [model, twin] = [modelWith(make()), modelWith(make())];
      for (const epochs of [1, 2]) {
        await trial(model, compile, () => trained(model, { seed: 9, epochs: 2, compile }));
        for (const each of [model, twin]) await trained(each, { epochs, compile });
        assert.deepEqual(await stateOf(model), await stateOf(twin));
        assert.equal(model.optimizer.iterations, twin.optimizer.iterations);
      }
    });
  }
}

test('what is in place before a trial is in place after it, also when it throws', async () => {
  const model = modelWith(adam(0.01));
  await trained(model, { seed: 3 });
  const before = await stateOf(model);
  const place = { ...functionsOf(model).position };
  await assert.rejects(
    trial(model, {}, async () => {
      await trained(model, { seed: 4, epochs: 2 });
      assert.notDeepEqual(await stateOf(model), before);
      throw new Error('of the trial');
    }),
    /^Error: of the trial$/,
  );
  assert.deepEqual(await stateOf(model), before);
  assert.deepEqual(functionsOf(model).position, place);
});

const noGpu = device().kind === 'gpu' ? false : 'float16 needs a GPU';

test('the loss scale of float16 is given back too', { skip: noGpu }, async () => {
  const model = modelWith(adam(0.01));
  const compile = { mixedPrecision: 'float16' } as const;
  const { lossScale } = functionsOf(model, compile);
  const values = () => lossScale!.variables.map((variable) => variable.dataSync()[0]);
  const before = values();
  await trial(model, compile, async () => {
    await trained(model, { compile });
    assert.notDeepEqual(values(), before);
  });
  assert.deepEqual(values(), before);
});

test('only what an optimizer makes at its first step stays behind', async () => {
  const model = modelWith(adam(0.01));
  await withoutLeaks(() => trial(model, {}, () => trained(model)), 2 * 6); // averages m and v of 6 variables
  await withoutLeaks(() => trial(model, {}, () => trained(model)));
});

test('an optimizer that does not tell what it remembers is refused before anything is changed', async () => {
  const model = modelWith(tf.train.adamax(0.01));
  await assert.rejects(
    trial(model, false, async () => assert.fail('it ran')),
    /^Error: getWeights\(\) is not implemented for Adamax yet/,
  );
  await trained(model, { compile: false }); // it is free again
});

test('a model that is being trained is left alone', async () => {
  const model = modelWith(adam(0.01));
  const training = train(model, split, { batchSize: 8 });
  await training.next();
  await assert.rejects(
    trial(model, {}, async () => assert.fail('it ran')),
    /^Error: cannot train; one training of a model at a time/,
  );
  await training.return(undefined as never);
});
