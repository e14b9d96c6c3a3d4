import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { readCifar10 } from '../../lib/src/data/cifar10';
import { take } from '../../lib/src/data/take';
import { evaluate } from '../../lib/src/evaluate/evaluate';
import { predict } from '../../lib/src/evaluate/predict';
import { modelCard } from '../../lib/src/train/model-card';
import type { TrainingRecord } from '../../lib/src/train/records';
import { saveModel } from '../../lib/src/train/save-model';
import { trainedModel } from '../../lib/src/train/trained-model';
import { tinyData, tinyModel } from './tiny-problem';

const data = tinyData();
const end = { stopped: 'aborted', epochs: [], seconds: 1, runner: 'compiled' } as const;
const card = modelCard(data, end, { seed: 5, batchSize: 8 });

function root(t: test.TestContext): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-'));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

/** Asks for a trained model of the tiny problem and keeps what was said. */
async function ask(directories: string[], changes: Partial<Parameters<typeof trainedModel>[0]> = {}) {
  const messages: string[] = [];
  const onMessage = (message: string) => messages.push(message);
  return {
    messages,
    ...(await trainedModel({ directories, data, seed: 1, epochs: 10, onMessage, ...changes })),
  };
}

const STAND_IN =
  'No saved model of generated images (not CIFAR-10): training a short stand-in (2 epochs on 60 images); ' +
  'its results are poor, run notebook 04 for the real one';

test('a saved model of the same data is taken and described', async (t) => {
  const directory = path.join(root(t), 'model');
  const saved = tinyModel();
  await saveModel(saved, directory, card);
  const {
    model,
    messages,
    trainedHere,
    card: found,
  } = await ask([path.join(directory, 'nowhere'), directory]);
  assert.equal(trainedHere, false);
  assert.deepEqual(found, { ...card, net: found.net, sha256: found.sha256 });
  assert.deepEqual(
    (await predict(model, data.test)).probabilities,
    (await predict(saved, data.test)).probabilities,
  );
  assert.ok(model.optimizer);
  assert.deepEqual(messages, [
    `Model from ${directory}: 0 epochs on 60 images of generated images (not CIFAR-10), seed 5, interrupted`,
  ]);
});

test('without one, a stand-in is trained, announced and not saved', async (t) => {
  const directory = root(t);
  const records: TrainingRecord[] = [];
  const found = await ask([path.join(directory, 'model')], { onRecord: (record) => records.push(record) });
  assert.deepEqual(found.messages, [STAND_IN]);
  assert.equal(found.trainedHere, true);
  assert.deepEqual(
    found.card.epochs,
    records.filter(({ kind }) => kind === 'epoch'),
  );
  assert.deepEqual([found.card.epochs.length, found.card.seed, found.card.batchSize], [2, 1, 32]);
  assert.deepEqual(fs.readdirSync(directory), []);
  const { layers } = JSON.parse(found.model.toJSON() as string).config;
  const norm = layers.find((layer: { class_name: string }) => layer.class_name === 'BatchNormalization');
  assert.equal(norm.config.momentum, 0.99, "Keras's momentum holds again after the training");
});

test('models of other data and damaged ones are passed over by name', async (t) => {
  const directory = root(t);
  const [cifar, classes, damaged] = ['cifar', 'classes', 'damaged'].map((name) => path.join(directory, name));
  await saveModel(tinyModel(), cifar, {
    ...card,
    data: { ...card.data, name: 'CIFAR-10', source: 'cifar10' },
  });
  await saveModel(tinyModel(), classes, { ...card, data: { ...card.data, classNames: ['a', 'b', 'c'] } });
  fs.mkdirSync(damaged);
  const { messages } = await ask([cifar, classes, damaged, damaged], { epochs: 1 });
  const other = (place: string, name: string) =>
    `Passed over: the model in ${place} was trained on other data (${name}) than ${data.name}`;
  assert.deepEqual(messages, [
    other(cifar, 'CIFAR-10'),
    other(classes, data.name),
    `Passed over: cannot load a model from ${damaged}; card.json is missing; train and save it again, as notebook 04 does`,
    STAND_IN.replace('2 epochs', '1 epoch'),
  ]);
});

test('a signal stops the stand-in, which is returned as it is', async () => {
  const { card: found, trainedHere } = await ask([], { signal: AbortSignal.abort() });
  assert.deepEqual([found.stopped, found.epochs, trainedHere], ['aborted', [], true]);
});

const { CIFAR10_DIR } = process.env;

test('on CIFAR-10 the stand-in is well above chance', {
  skip: !CIFAR10_DIR && 'CIFAR10_DIR is not set',
}, async () => {
  const cifar10 = readCifar10(CIFAR10_DIR!);
  const { model, card: found } = await ask([], { data: cifar10 });
  assert.equal(found.data.trainImages, 2000);
  const { accuracy } = evaluate(await predict(model, take(cifar10.test, 1000)));
  assert.ok(accuracy > 0.2, `${accuracy}`); // 0.33 was measured; chance is 0.1
});
