import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { adam } from '../../lib/src/model/keras-defaults';
import { sgd } from '../../lib/src/optimizers/sgd';
import { tf } from '../../lib/src/tensorflow/load';
import { differences, settledConfig } from '../../lib/src/train/run-config';
import { type RunDescription, runConfigOf } from '../../lib/src/train/run-config-of';
import type { TrainOptions } from '../../lib/src/train/training';
import { withoutLeaks } from '../no-leaks';
import { dispose, dropoutModel } from './resumable';
import { tinySplit } from './tiny-problem';

const split = tinySplit(40);

/** The configuration of a training of a model of its own. */
async function configOf(
  options: TrainOptions,
  make: () => LayersModel = () => dropoutModel(adam()),
  images = split,
  description?: RunDescription,
) {
  return withoutLeaks(() => {
    const model = make();
    const config = runConfigOf(model, images, options, description);
    dispose(model);
    return config;
  });
}

test('a configuration tells all that decides a training, defaults too, and can be stored', async () => {
  const config = await configOf({ validation: tinySplit(12, 2), schedule: () => 0.1, labelSmoothing: 0.1 });
  const { created, device, versions, options, ...rest } = settledConfig(config);
  assert.ok(Math.abs(Date.parse(created) - Date.now()) < 60_000);
  assert.match(device, /PU/);
  assert.equal(versions.node, process.versions.node);
  const { images, optimizer, ...others } = options;
  assert.deepEqual(others, {
    ...{ epochs: 10, batchSize: 32, dropLast: false, seed: 0, loss: 'categoricalCrossentropy' },
    schedule: { rates: Array(16).fill(0.1), all: (others.schedule as { all: string }).all },
    ...{ labelSmoothing: 0.1, stepsPerCall: 1, compile: {} },
  });
  assert.match(JSON.stringify(images), /^\{"train":"[\da-f]{16}","validation":"[\da-f]{16}"\}$/);
  assert.deepEqual(optimizer, {
    ...{ className: 'Adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  });
  const { model, ...described } = rest;
  assert.equal(model.parameters, 4 * 28 + 4 * 4 + 16 * 3 + 3);
  assert.match(model.layers, /^[\da-f]{16}$/);
  assert.deepEqual(described, {
    title: 'Training on tiny train',
    data: {
      ...{ name: 'tiny train', source: 'tiny train', trainImages: 40, validationImages: 12 },
      ...{ imageShape: [4, 4, 3], classNames: ['above', 'below', 'even'] },
    },
    commit: null,
  });
});

test('what is said about a run is in its configuration', async () => {
  const data = { name: 'CIFAR-10', source: 'cifar10' } as const;
  const {
    title,
    data: about,
    commit,
  } = await configOf({}, undefined, split, { title: 'A', data, commit: '1f3c' });
  assert.deepEqual([title, about.name, about.source, commit], ['A', 'CIFAR-10', 'cifar10', '1f3c']);
});

test('the same training has the same configuration in another model object, whatever its first weights', async () => {
  const options = { schedule: (step: number) => 1 / (1 + step), augmentation: { flip: 'random' } } as const;
  assert.deepEqual(differences(await configOf(options), await configOf({ ...options })), []);
});

test('every change that would lead elsewhere is a difference', async () => {
  const compiledFor = (loss: string | (() => never)) => () => {
    const model = dropoutModel(adam());
    model.compile({ optimizer: model.optimizer, loss: loss as string, metrics: ['accuracy'] });
    return model;
  };
  const label = { ...split, labels: split.labels.map((label, i) => (i === 39 ? (label + 1) % 3 : label)) };
  function ownLoss(): never {
    throw new Error('never called');
  }
  const base = await configOf({ schedule: () => 0.1 });
  const cases: [Awaited<ReturnType<typeof configOf>>, string][] = [
    // one step of 20, between two of the 16 rates that are told
    [await configOf({ schedule: (step) => (step === 2 ? 0.2 : 0.1) }), 'options.schedule.all'],
    [await configOf({ schedule: () => 0.1 }, compiledFor('meanSquaredError')), 'options.loss'],
    [await configOf({ schedule: () => 0.1 }, compiledFor(ownLoss)), 'options.loss'],
    [await configOf({ schedule: () => 0.1 }, undefined, label), 'options.images.train'],
    [await configOf({ schedule: () => 0.1, dropLast: true }), 'options.dropLast'],
    [await configOf({ schedule: () => 0.1, compile: false }), 'options.compile'],
    [await configOf({ schedule: () => 0.1, clipNorm: 1 }), 'options.clipNorm'],
  ];
  for (const [config, field] of cases) {
    const found = differences(base, config);
    assert.ok(
      found.some((text) => text.startsWith(`${field}: `)),
      `${field} in ${found}`,
    );
  }
  assert.match(
    differences(base, await configOf({ schedule: () => 0.1 }, compiledFor(ownLoss)))[0],
    /^options\.loss: "categoricalCrossentropy" and "ownLoss"$/,
  );
});

test('momentum, decay and groups of an optimizer are in it as plain data', async () => {
  const make = (variables: () => boolean) => () =>
    dropoutModel(sgd({ learningRate: 0.1, momentum: 0.9, groups: [{ variables, weightDecay: 0 }] }));
  const [all, none] = [() => true, () => false];
  const [a, b] = [await configOf({}, make(all)), await configOf({}, make(none))];
  settledConfig(a);
  assert.match(differences(a, b)[0], /^options\.optimizer\.groups: .*true.* and .*false/);
});

test("TensorFlow.js's optimizers can be stored too", async () => {
  for (const make of [
    () => tf.train.rmsprop(0.1),
    () => tf.train.momentum(0.1, 0.9),
    () => tf.train.adadelta(0.1),
  ]) {
    settledConfig(await configOf({}, () => dropoutModel(make())));
  }
});
