import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { RECIPES, recipe } from '../../lib/src/recipes/recipes';
import { recipesTable } from '../../tools/recipes-table';
import { temporaryFolder } from '../temporary-folder';

/** The two files of a run by that recipe, as far as a table needs them. */
function keepRun(folder: string, name: string, seed: number, accuracy: number, seconds: number): void {
  const directory = path.join(folder, `${name}-s${seed}`);
  fs.mkdirSync(directory);
  const data = { name: 'CIFAR-10', source: 'cifar10', trainImages: 90, validationImages: 10 };
  const run = {
    ...{ format: 1, created: `2026-11-25T20:0${seed}:00.000Z`, title: `${name} on CIFAR-10`, device: 'CPU' },
    model: { name: 'net', parameters: 1, layers: name },
    data: { ...data, imageShape: [32, 32, 3], classNames: ['a', 'b'] },
    options: { epochs: 1, batchSize: 10, seed },
    ...{ versions: {}, commit: null },
  };
  const epoch = {
    kind: 'epoch',
    epoch: 1,
    epochs: 1,
    step: 9,
    loss: 1,
    accuracy: 0.5,
    valLoss: 1,
    valAccuracy: 0.5,
  };
  const result = {
    ...{ format: 1, stopped: 'finished', seconds, runner: 'compiled' },
    epochs: [{ ...epoch, rate: 0.1, seconds, imagesPerSecond: 9 }],
    test: { loss: 1, accuracy, images: 100 },
  };
  fs.writeFileSync(path.join(directory, 'run.json'), JSON.stringify(run));
  fs.writeFileSync(path.join(directory, 'result.json'), JSON.stringify(result));
}

test('a recipe has a row with its seeds, the mean of their tests, and minutes; one without runs has none', async (t) => {
  const folder = temporaryFolder(t);
  keepRun(folder, 'whitened', 1, 0.9, 60);
  keepRun(folder, 'whitened', 2, 0.92, 120);
  keepRun(folder, 'article', 1, 0.7, 30);
  const rows = (await recipesTable(folder)).split('\n').slice(2);
  assert.deepEqual(rows, [
    `| \`article\` | ${recipe('article').description} | 1 | 1 | 50.00 % (n = 1) | 70.00 % (n = 1) | 0.5 |`,
    `| \`whitened\` | ${recipe('whitened').description} | 1 | 1, 2 | 50.00 % ± 0.00 (n = 2) | 91.00 % ± 1.41 (n = 2) | 1.5 |`,
  ]);
});

test("README's table of recipes is that of the committed runs", async () => {
  const table = await recipesTable();
  const readme = fs.readFileSync(path.join(__dirname, '..', '..', 'README.md'), 'utf8');
  assert.ok(readme.includes(table), 'run: node --import tsx tools/recipes-table.ts');
  assert.ok(table.split('\n').length > 2 && table.split('\n').length <= 2 + RECIPES.length);
});
