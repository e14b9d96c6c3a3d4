/** The trained models that the repository keeps, so that nobody must wait to look into one. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { readCifar10 } from '../../lib/src/data/cifar10';
import { evaluate } from '../../lib/src/evaluate/evaluate';
import { predict } from '../../lib/src/evaluate/predict';
import { recipe } from '../../lib/src/recipes/recipes';
import { loadModel } from '../../lib/src/train/save-model';

const folder = path.resolve(__dirname, '../../notebooks/results/models');
const { CIFAR10_DIR } = process.env;
const skip = CIFAR10_DIR ? false : 'CIFAR10_DIR is not set';
const LARGEST = 1.5e6; // bytes: more would weigh on every clone

for (const name of fs.readdirSync(folder)) {
  const directory = path.join(folder, name);

  test(`${name} is small, and undamaged by its checksums`, async () => {
    const bytes = fs
      .readdirSync(directory)
      .map((file) => fs.statSync(path.join(directory, file)).size)
      .reduce((sum, size) => sum + size, 0);
    assert.ok(bytes < LARGEST, `${bytes} bytes`);
    const { model, card } = await loadModel(directory);
    assert.ok(card.sha256 && card.net);
    assert.equal(card.recipe, name);
    model.dispose();
  });

  test(`${name} reaches on CIFAR-10 the accuracy that its card names`, { skip }, async () => {
    const { model, card } = await loadModel(directory);
    const { test: images } = await readCifar10(CIFAR10_DIR!);
    const { testTime } = recipe(card.recipe!);
    const { accuracy } = evaluate(await predict(model, images, { testTime }));
    const off = Math.abs(accuracy - card.test!.accuracy);
    assert.ok(off < 0.001, `${accuracy} instead of ${card.test!.accuracy}`); // another processor rounds in another way
    model.dispose();
  });
}
