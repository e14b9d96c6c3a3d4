/** What `fit` leaves behind, and how it goes on. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { readCifar10 } from '../../lib/src/data/cifar10';
import { take } from '../../lib/src/data/take';
import { adam } from '../../lib/src/model/keras-defaults';
import { type FitOptions, fit } from '../../lib/src/notebook/fit';
import { tf } from '../../lib/src/tensorflow/load';
import { earlyStopping } from '../../lib/src/train/early-stopping';
import { loadRuns, RunFolder } from '../../lib/src/train/run-folder';
import { copyWeights } from '../../lib/src/train/weight-copy';
import { writeCifar10 } from '../data/cifar-files';
import { withoutLeaks } from '../no-leaks';
import { temporaryFolder } from '../temporary-folder';
import { dispose, dropoutModel, timeless } from '../train/resumable';
import { tinySplit } from '../train/tiny-problem';
import { capturedTerminal } from './captured-output';

const split = tinySplit(40);
const validation = tinySplit(12, 2);

/** Trains a model of its own. */
async function fitted(options: FitOptions) {
  return withoutLeaks(async () => {
    const model = dropoutModel(adam(0.01));
    const terminal = capturedTerminal();
    const settled = { epochs: 3, batchSize: 16, seed: 3, validation, ...options };
    const outcome = await fit(model, split, settled, terminal.output).then(
      (end) => ({ end }),
      (error: Error) => ({ error }),
    );
    const weights = [...copyWeights(model).values()];
    dispose(model);
    const { end, error } = { end: undefined, error: undefined, ...outcome };
    return { end, error, weights, lines: terminal.text().trimEnd().split('\n') };
  });
}

/** Options that abort the training as soon as the record of a step is seen. */
function interruptedAt(step: number): FitOptions {
  const abort = new AbortController();
  const consumer = {
    name: 'interrupt',
    onRecord: (record: { readonly step?: number }) => void (record.step === step && abort.abort()),
  };
  return { signal: abort.signal, consumers: [consumer] };
}

test('a training leaves a run by itself, named for its time, model and seed, with records and result', async (t) => {
  const runs = temporaryFolder(t);
  const { end } = await fitted({ runs, title: 'Tiny', data: { name: 'generated', source: 'generated' } });
  assert.equal(path.dirname(end!.run!), runs);
  assert.match(path.basename(end!.run!), /^\d{4}-\d\d-\d\d-\d{6}-sequential.*-s3$/);
  const [run] = await loadRuns(runs);
  assert.deepEqual(
    [run.config.title, run.config.data.name, run.config.data.source],
    ['Tiny', 'generated', 'generated'],
  );
  assert.deepEqual(run.epochs, end!.epochs);
  assert.equal(run.result?.stopped, 'finished');
  const records = await (await RunFolder.open(end!.run!)).records();
  assert.equal(records.length, 12);
});

test('with run: false nothing is written, and no run is told', async (t) => {
  const runs = temporaryFolder(t);
  const { end } = await fitted({ runs, run: false });
  assert.equal('run' in end!, false);
  assert.deepEqual(fs.readdirSync(runs), []);
});

test('an interrupted training goes on by name, or as the newest of its kind, to the same weights', async (t) => {
  const straight = await fitted({ run: false });
  for (const name of ['mine', undefined]) {
    const runs = temporaryFolder(t);
    const first = await fitted({ runs, run: name, ...interruptedAt(5) });
    assert.equal(first.end!.stopped, 'aborted');
    assert.match(first.lines.at(-1)!, /^stopped after 1 epoch, the weights are kept/);
    const { end, weights, lines } = await fitted({ runs, run: name, resume: true });
    assert.equal(end!.run, first.end!.run);
    assert.equal(lines[0], `resuming run ${path.basename(end!.run!)} after step 5, in epoch 2`);
    assert.deepEqual(weights, straight.weights);
    assert.deepEqual(end!.epochs.map(timeless), straight.end!.epochs.map(timeless));
    assert.match(lines.at(-1)!, /^trained 3 epochs/);
    const again = await fitted({ runs, run: end!.run && path.basename(end!.run), resume: true });
    assert.deepEqual(again.weights, straight.weights, 'a finished run gives its weights');
    assert.match(again.lines.at(-1)!, /^trained 3 epochs/);
  }
});

test('resume begins a new run where there is none to go on with', async (t) => {
  const runs = path.join(temporaryFolder(t), 'not yet there');
  const { end } = await fitted({ runs, run: 'mine', resume: true });
  assert.deepEqual([end!.stopped, end!.run], ['finished', path.join(runs, 'mine')]);
});

test('a name that is taken is refused unless the run is resumed', async (t) => {
  const runs = temporaryFolder(t);
  await fitted({ runs, run: 'mine', epochs: 1 });
  const { error } = await fitted({ runs, run: 'mine', epochs: 1 });
  assert.match(
    String(error),
    /^Error: cannot create run .*\/mine; the name is taken; open that run to go on with it/,
  );
});

test('what cannot be is refused before anything is written', async (t) => {
  const runs = temporaryFolder(t);
  const cases: [FitOptions, RegExp][] = [
    [
      { run: false, resume: true },
      /^TypeError: cannot resume; a run is needed for that: run is false; give it a name$/,
    ],
    [
      { run: false, checkpoints: { everySteps: 1 } },
      /^TypeError: cannot save checkpoints; a run is needed for that: run is false; give it a name$/,
    ],
    [{ checkpoints: { everySteps: 0 } }, /^RangeError: invalid everySteps; .*: 0$/],
    [
      { consumers: [earlyStopping(), earlyStopping()] },
      /^TypeError: invalid consumers; their names must differ/,
    ],
    [{ epochs: 0 }, /^RangeError: invalid epochs; .*: 0$/],
    [{ run: '../elsewhere' }, /^RangeError: invalid name; /],
  ];
  for (const [options, message] of cases) {
    const { error } = await fitted({ runs, ...options });
    assert.match(String(error), message);
    assert.deepEqual(fs.readdirSync(runs), []);
  }
});

test('early stopping in a run: its reason is in the result, and the model has its best weights', async (t) => {
  const runs = temporaryFolder(t);
  const consumers = [earlyStopping({ metric: 'loss', minDelta: 9, patience: 1 })];
  const { end, weights } = await fitted({ runs, consumers });
  const first = await fitted({ run: false, epochs: 1 });
  assert.deepEqual(weights, first.weights);
  const [run] = await loadRuns(runs);
  assert.equal(run.result?.stopped, 'stopped');
  assert.equal(run.result.reason, end!.reason);
  assert.match(end!.reason!, /^loss did not get better than \d.* \(epoch 1\) for an epoch$/);
});

test('data whose files disappear stay in memory, and a resumed run refuses fewer or other images', async (t) => {
  const [folder, runs] = [temporaryFolder(t), temporaryFolder(t)];
  writeCifar10(folder, 4);
  const data = readCifar10(folder, { recordsPerFile: 4 });
  const flat = () => {
    const model = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [32, 32, 3] }),
        tf.layers.dense({
          units: 10,
          activation: 'softmax',
          kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
        }),
      ],
    });
    model.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    return model;
  };
  const trained = async (images: typeof data.train, options: FitOptions) => {
    const model = flat();
    try {
      return await fit(
        model,
        images,
        { epochs: 2, batchSize: 5, runs, run: 'cifar', data, ...options },
        capturedTerminal().output,
      );
    } finally {
      dispose(model);
    }
  };
  const vanish = () => fs.rmSync(folder, { recursive: true, force: true });
  const first = await trained(data.train, { ...interruptedAt(6), onRecord: vanish });
  assert.equal(first.stopped, 'aborted');
  assert.equal(fs.existsSync(folder), false);
  await assert.rejects(
    trained(take(data.train, 15), { resume: true }),
    /data\.trainImages: 20 and 15; options\.images\.train: "[\da-f]{16}" and "[\da-f]{16}"/,
  );
  const end = await trained(data.train, { resume: true });
  assert.deepEqual([end.stopped, end.epochs.length], ['finished', 2]);
});
