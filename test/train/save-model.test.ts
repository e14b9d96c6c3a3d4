import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { predict } from '../../lib/src/evaluate/predict';
import { buildResNet } from '../../lib/src/model/build-resnet';
import { cifarResNet } from '../../lib/src/model/cifar-resnet';
import { layerTable } from '../../lib/src/model/layer-table';
import { tf } from '../../lib/src/tensorflow/load';
import { modelCard } from '../../lib/src/train/model-card';
import type { EpochRecord } from '../../lib/src/train/records';
import { loadModel, saveModel } from '../../lib/src/train/save-model';
import { train } from '../../lib/src/train/train';
import { withoutLeaks } from '../no-leaks';
import { tinyData, tinyModel, tinySplit } from './tiny-problem';

const epoch: EpochRecord = {
  kind: 'epoch',
  epoch: 1,
  epochs: 1,
  loss: 0.5,
  accuracy: Number.NaN,
  valLoss: Number.POSITIVE_INFINITY,
  valAccuracy: Number.NaN,
  seconds: 2,
  imagesPerSecond: 30,
};
const end = { stopped: 'finished', epochs: [epoch], seconds: 2, runner: 'compiled' } as const;
const card = modelCard(tinyData(), end, { seed: 1, batchSize: 8 });

/** A path inside a fresh directory that goes away after the test. */
function place(t: test.TestContext, ...names: string[]): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-'));
  t.after(() => fs.rmSync(root, { recursive: true }));
  return path.join(root, ...names);
}

test('the card tells what a model was trained on, by what and for how long', () => {
  assert.deepEqual(card.data, {
    name: 'generated images (not CIFAR-10)',
    source: 'generated',
    classNames: ['above', 'below', 'even'],
    trainImages: 60,
    testImages: 30,
  });
  assert.deepEqual(
    [card.seed, card.batchSize, card.commit, card.seconds, card.stopped],
    [1, 8, null, 2, 'finished'],
  );
  assert.deepEqual(Object.keys(card.versions), ['node', 'tensorflow', 'tfjs']);
});

test('a loaded model predicts the same, with the card as it was, NaN and infinity included', async (t) => {
  const directory = place(t, 'not there yet', 'model');
  const saved = tinyModel();
  await withoutLeaks(() => saveModel(saved, directory, card));
  assert.deepEqual(fs.readdirSync(directory).sort(), ['card.json', 'model.json', 'weights.bin']);
  assert.deepEqual(fs.readdirSync(path.dirname(directory)), ['model']);
  const { model, card: loaded } = await loadModel(directory);
  const { net, sha256, ...rest } = loaded;
  assert.deepEqual(rest, card);
  assert.deepEqual(net, {
    name: saved.name,
    inputShape: saved.inputs[0].shape.slice(1),
    parameters: saved.countParams(),
  });
  for (const name of ['model.json', 'weights.bin']) {
    assert.equal(
      sha256?.[name],
      createHash('sha256')
        .update(fs.readFileSync(path.join(directory, name)))
        .digest('hex'),
    );
  }
  const split = tinySplit(20);
  assert.deepEqual((await predict(model, split)).probabilities, (await predict(saved, split)).probabilities);
});

test('a loaded model trains on once it is compiled', async (t) => {
  const directory = place(t, 'model');
  await saveModel(tinyModel(), directory, card);
  const { model } = await loadModel(directory);
  assert.throws(() => train(model, tinySplit(20)), /^TypeError: cannot train; the model must be compiled/);
  model.compile({ optimizer: tf.train.adam(0.05), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const losses: number[] = [];
  for await (const record of train(model, tinySplit(50), { epochs: 3 })) {
    if (record.kind === 'epoch') losses.push(record.loss);
  }
  assert.ok(losses[2] < losses[0]);
});

test("the card of a papers' net holds the configuration that makes it again", async (t) => {
  const directory = place(t, 'model');
  const net = cifarResNet(20, { shortcut: 'B', inputShape: [16, 16, 3] });
  await saveModel(net, directory, card);
  const { model, card: loaded } = await loadModel(directory);
  const again = buildResNet(loaded.net!.config!);
  assert.deepEqual(layerTable(again), layerTable(model));
  for (const each of [net, model, again]) each.dispose();
});

test('a recipe and its result stand in the card', () => {
  const test = { loss: 0.6, accuracy: 0.8, images: 30 };
  const named = modelCard(tinyData(), end, { seed: 1, batchSize: 8, recipe: 'article-tuned', test });
  assert.deepEqual([named.recipe, named.test], ['article-tuned', test]);
  assert.ok(!('recipe' in card) && !('test' in card));
});

test('a single changed bit in the weights is found, and a card from before there were checksums read', async (t) => {
  const directory = place(t, 'model');
  await saveModel(tinyModel(), directory, card);
  const file = path.join(directory, 'weights.bin');
  const bytes = fs.readFileSync(file);
  bytes[10] ^= 1;
  fs.writeFileSync(file, bytes);
  await assert.rejects(
    loadModel(directory),
    /^Error: cannot load a model from .*; weights.bin is damaged: its sha256 differs from the one in card.json; /,
  );
  const { sha256, ...older } = JSON.parse(fs.readFileSync(path.join(directory, 'card.json'), 'utf8'));
  fs.writeFileSync(path.join(directory, 'card.json'), JSON.stringify(older));
  assert.equal((await loadModel(directory)).card.seed, 1);
});

test('TensorFlow.js alone reads what was saved', async (t) => {
  const directory = place(t, 'model');
  await saveModel(tinyModel(), directory, card);
  const model = await tf.loadLayersModel(`file://${directory}/model.json`);
  assert.equal(model.countParams(), tinyModel().countParams());
});

test('a newer model replaces the older one', async (t) => {
  const directory = place(t, 'model');
  await saveModel(tinyModel(), directory, card);
  await saveModel(tinyModel(), directory, { ...card, seed: 2 });
  assert.equal((await loadModel(directory)).card.seed, 2);
  assert.deepEqual(fs.readdirSync(path.dirname(directory)), ['model']);
});

test('a model saved through a link goes where the link leads', async (t) => {
  const link = place(t, 'link');
  const directory = path.join(path.dirname(link), 'model');
  fs.mkdirSync(directory);
  fs.symlinkSync(directory, link);
  await saveModel(tinyModel(), link, card);
  assert.ok(fs.lstatSync(link).isSymbolicLink());
  assert.equal((await loadModel(directory)).card.seed, 1);
});

test('when saving fails, the older model stays and nothing is left beside it', async (t) => {
  const directory = place(t, 'model');
  await saveModel(tinyModel(), directory, card);
  const broken = tinyModel();
  broken.save = () => Promise.reject(new Error('no space left on device'));
  await assert.rejects(saveModel(broken, directory, { ...card, seed: 2 }), /no space left/);
  assert.equal((await loadModel(directory)).card.seed, 1);
  assert.deepEqual(fs.readdirSync(path.dirname(directory)), ['model']);
});

test('models saved to one place at the same time leave one whole model there', async (t) => {
  const directory = place(t, 'model');
  await Promise.all([1, 2, 3].map((seed) => saveModel(tinyModel(), directory, { ...card, seed })));
  assert.ok([1, 2, 3].includes((await loadModel(directory)).card.seed));
  assert.deepEqual(fs.readdirSync(path.dirname(directory)), ['model']);
});

test("a directory with other files in it, or a file, is nobody's to replace", async (t) => {
  const directory = place(t, 'work');
  fs.mkdirSync(directory);
  const notes = path.join(directory, 'notes.txt');
  fs.writeFileSync(notes, 'mine');
  await assert.rejects(saveModel(tinyModel(), directory, card), {
    message:
      `cannot write ${directory}; it may hold only model.json, weights.bin, card.json, for it is replaced as a whole: ` +
      'it holds notes.txt; choose a directory of its own',
  });
  await assert.rejects(saveModel(tinyModel(), notes, card), {
    message: `cannot write ${notes}; it must be a directory: it is a file; choose another name`,
  });
  assert.equal(fs.readFileSync(notes, 'utf8'), 'mine');
});

test('a missing, truncated or foreign model is refused by its name, with the remedy', async (t) => {
  const directory = place(t, 'model');
  const refused = (why: string) =>
    assert.rejects(loadModel(directory), {
      message: `cannot load a model from ${directory}; ${why}; train and save it again, as notebook 04 does`,
    });
  const file = (name: string) => path.join(directory, name);
  await refused('card.json is missing');
  await saveModel(tinyModel(), directory, card);
  const bytes = fs.statSync(file('weights.bin')).size;

  fs.truncateSync(file('weights.bin'), bytes - 4);
  await refused(`weights.bin must hold ${bytes} bytes: ${bytes - 4}`);
  fs.rmSync(file('weights.bin'));
  await refused('weights.bin is missing');
  fs.writeFileSync(file('model.json'), '{"format": "graph-model"}');
  await refused('model.json is not a layers model with its weights in weights.bin');
  fs.truncateSync(file('model.json'), 9);
  await refused('model.json is damaged: not JSON');
  fs.writeFileSync(file('card.json'), '{"name": "a card of something else"}');
  await refused('invalid card; data.source, data.classNames and epochs are needed');
});
