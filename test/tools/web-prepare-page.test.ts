import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { generatedImages } from '../../lib/src/data/generated-images';
import { tf } from '../../lib/src/tensorflow/load';
import { chooseModel } from '../../tools/web/choose-model';
import { preparePage } from '../../tools/web/prepare-page';
import { readCard } from '../../tools/web/read-card';
import { withoutLeaks } from '../no-leaks';
import { CARD, saveUntrained } from './web-model';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'web-page-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const prepare = (directory: string) =>
  preparePage({
    model: { directory, origin: 'a test' },
    target: path.join(folder, 'page'),
    dataDirectory: path.join(folder, 'no-data'),
    environment: {},
  });

test('the page gets the model, what its card says, and a hundred test images, ten of each class', async () => {
  const directory = path.join(folder, 'model');
  await saveUntrained(directory);
  const { model, samples } = await withoutLeaks(() => prepare(directory));
  assert.equal(model.summary, 'resnet: 0 epochs on generated images (not CIFAR-10), seed 7');
  assert.deepEqual([model.side, model.pixels, model.classNames], [32, 'unit', CARD.data.classNames]);
  assert.ok('labels' in samples);
  const perClass = CARD.data.classNames.map((_, c) => samples.labels.filter((label) => label === c).length);
  assert.deepEqual(perClass, Array(10).fill(10));
  const data = path.join(folder, 'page', 'data');
  assert.deepEqual(fs.readdirSync(data).sort(), ['model.json', 'page.json', 'samples.bin', 'weights.bin']);
  const { test } = generatedImages({ seed: 7, train: 1, test: 100 });
  assert.deepEqual(new Uint8Array(fs.readFileSync(path.join(data, 'samples.bin'))), test.images);
});

test('without the data set the page says how to get it', async () => {
  const directory = path.join(folder, 'cifar');
  await saveUntrained(directory);
  rewriteCard(directory, (card) => ({
    ...card,
    data: { ...card.data, name: 'CIFAR-10', source: 'cifar10' },
  }));
  const { samples } = await prepare(directory);
  assert.deepEqual(samples, {
    missing:
      'There are none of CIFAR-10: the data set is not on this machine: npm run data gets it, or CIFAR10_DIR names its ' +
      'folder. Upload a picture instead.',
  });
});

test('a model that is damaged, or without a card, is refused', async () => {
  const directory = path.join(folder, 'damaged');
  await saveUntrained(directory);
  const weights = path.join(directory, 'weights.bin');
  const bytes = fs.readFileSync(weights);
  bytes[100] ^= 1;
  fs.writeFileSync(weights, bytes);
  await assert.rejects(
    prepare(directory),
    /weights\.bin is damaged: its sha256 differs from the one in card\.json/,
  );
  fs.rmSync(path.join(directory, 'card.json'));
  await assert.rejects(
    prepare(directory),
    /cannot show the model in .*damaged; ENOENT.*card\.json.*; the page needs a model/,
  );
});

test('a card that names other classes than the model has is refused', async () => {
  const directory = path.join(folder, 'nine');
  await saveUntrained(directory);
  rewriteCard(directory, (card) => ({
    ...card,
    data: { ...card.data, classNames: card.data.classNames.slice(1) },
  }));
  await assert.rejects(prepare(directory), /its card names 9 classes: it has 10/);
});

test('a net of grey images, and one without softmax, are refused with what the page can open', async () => {
  for (const [channels, activation, why] of [
    [1, 'softmax', /it takes \[,8,8,1\]: the page opens nets from square colour images/],
    [3, 'linear', /it does not end in a softmax over classes: the page opens/],
  ] as const) {
    const directory = path.join(folder, `${activation}${channels}`);
    const model = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [8, 8, channels] }),
        tf.layers.dense({ units: 2, activation }),
      ],
    });
    await model.save(tf.io.fileSystem(directory));
    model.dispose();
    await assert.rejects(prepare(directory), why);
  }
});

test('a card of an imported net tells how pixels become what it wants', () => {
  const card = { weights: { file: 'r.safetensors', from: 'torch' }, preprocess: 'torch' };
  const { pixels, classNames, data } = readCard(JSON.stringify(card), 'resnet50', 1000);
  assert.deepEqual([pixels, classNames.length, classNames[0], data], ['torch', 1000, 'tench', undefined]);
  assert.deepEqual(readCard(JSON.stringify(card), 'resnet50', 2).classNames, ['class 0', 'class 1']);
});

test('a card of a training by recipe is read aloud', () => {
  const card = { ...CARD, recipe: 'article-tuned', test: { loss: 1, accuracy: 0.7812, images: 10_000 } };
  const { summary, facts } = readCard(JSON.stringify(card), 'resnet', 10);
  assert.equal(
    summary,
    'resnet: 0 epochs on generated images (not CIFAR-10), seed 7; 78.1\u00a0% of 10,000 test images right',
  );
  assert.deepEqual(
    facts.map(({ name }) => name),
    ['Data set', 'Recipe', 'Training', 'Result', 'Trained by'],
  );
});

test('the model that was named comes first, then the one of notebook 04, then the one in the checkout', () => {
  const root = path.join(folder, 'checkout');
  const plant = (directory: string) => {
    fs.mkdirSync(path.join(root, directory), { recursive: true });
    fs.writeFileSync(path.join(root, directory, 'model.json'), '{}');
  };
  assert.throws(() => chooseModel({}, root), {
    message: 'cannot find a model; run npm start, which trains one, or name one by --model DIRECTORY',
  });
  plant('notebooks/results/models/article-tuned');
  assert.equal(chooseModel({}, root).origin, 'the one that comes with resnet-lab');
  plant('out/model');
  assert.equal(chooseModel({}, root).directory, path.join(root, 'out/model'));
  plant('mine');
  assert.equal(chooseModel({ INIT_CWD: root }, root, 'mine').directory, path.join(root, 'mine'));
  assert.throws(
    () => chooseModel({ INIT_CWD: root }, root, 'none'),
    /invalid --model; no model\.json in .*none; name a dir/,
  );
});

function rewriteCard(directory: string, change: (card: typeof CARD) => object): void {
  const file = path.join(directory, 'card.json');
  fs.writeFileSync(file, JSON.stringify(change(JSON.parse(fs.readFileSync(file, 'utf8')))));
}
