import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { runRecipe } from '../../lib/src/notebook/run-recipe';
import type { Recipe } from '../../lib/src/recipes/recipe';
import { tf } from '../../lib/src/tensorflow/load';
import { RunFolder } from '../../lib/src/train/run-folder';
import { loadModel } from '../../lib/src/train/save-model';
import { oneCycle } from '../../lib/src/train/schedules';
import { withoutLeaks } from '../no-leaks';
import { temporaryFolder } from '../temporary-folder';
import { tinyData, tinyModel } from '../train/tiny-problem';
import { capturedTerminal } from './captured-output';

const tiny: Recipe = {
  name: 'tiny',
  description: 'for tests',
  epochs: 3,
  batchSize: 9,
  build: () => tinyModel(),
  options: (steps) => ({ schedule: oneCycle(0.05, steps) }),
};

test('a recipe leaves a run with what was held out, one test, and a model that can be loaded', async (t) => {
  const runs = await temporaryFolder(t);
  await withoutLeaks(async () => {
    const end = await runRecipe(tiny, tinyData(), { seed: 2, runs, run: 'first' }, capturedTerminal().output);
    assert.equal(end.run, path.join(runs, 'first'));
    const run = await RunFolder.open(end.run!);
    assert.deepEqual([run.config.data.trainImages, run.config.data.validationImages], [54, 6]);
    assert.equal(run.config.options.seed, 2);
    const result = await run.result();
    assert.deepEqual(result?.test, end.test);
    assert.ok(!JSON.stringify(result).includes(runs), 'no path of this machine');
    assert.equal(result?.test?.images, 30);
    assert.equal(result?.epochs.length, 3);
    assert.equal((await run.records()).length, 3 * 6 + 3);
    const { model, card } = await loadModel(path.join(end.run!, 'model'));
    assert.equal(card.data.trainImages, 54);
    model.dispose();
  });
});

test('an interrupted recipe opens no test set, and goes on to the same end', async (t) => {
  const runs = await temporaryFolder(t);
  const { output } = capturedTerminal();
  const whole = await runRecipe(tiny, tinyData(), { runs, run: 'whole' }, output);
  const abort = new AbortController();
  const onRecord = (record: { kind: string; step?: number }) => {
    if (record.kind === 'step' && record.step! >= 8) abort.abort();
  };
  const options = { runs, run: 'cut' };
  const cut = await runRecipe(tiny, tinyData(), { ...options, signal: abort.signal, onRecord }, output);
  assert.equal(cut.stopped, 'aborted');
  assert.equal(cut.test, undefined);
  const resumed = await runRecipe(tiny, tinyData(), { ...options, resume: true }, output);
  assert.deepEqual(resumed.test, whole.test);
  const bytes = (run: string) => fs.readFile(path.join(runs, run, 'model', 'weights.bin'));
  assert.deepEqual(await bytes('cut'), await bytes('whole'));
  assert.ok(tf.memory().numTensors >= 0);
});

test('what is said of compiling goes over what the recipe says, and into the run', async (t) => {
  const runs = await temporaryFolder(t);
  const { output } = capturedTerminal();
  const own: Recipe = { ...tiny, options: () => ({ compile: { device: 'cpu', intraOpThreads: 2 } }) };
  const end = await runRecipe(own, tinyData(), { runs, run: 'own', compile: { intraOpThreads: 1 } }, output);
  const { config } = await RunFolder.open(end.run!);
  assert.deepEqual(config.options.compile, { device: 'cpu', intraOpThreads: 1 });
});

test('a recipe that holds nothing out trains on every image, and validates nothing', async (t) => {
  const runs = await temporaryFolder(t);
  await withoutLeaks(async () => {
    const all: Recipe = { ...tiny, holdsOut: false };
    const end = await runRecipe(all, tinyData(), { runs, run: 'all' }, capturedTerminal().output);
    const { config } = await RunFolder.open(end.run!);
    assert.deepEqual([config.data.trainImages, config.data.validationImages], [60, 0]);
    assert.equal(end.test?.images, 30);
    assert.ok(end.epochs.every(({ valAccuracy }) => valAccuracy === undefined));
  });
});
