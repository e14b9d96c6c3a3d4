import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { type FitOptions, fit } from '../../lib/src/notebook/fit';
import type { Output } from '../../lib/src/notebook/output';
import { tf } from '../../lib/src/tensorflow/load';
import { TRAIN_OPTIONS } from '../../lib/src/train/training';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit, weightsOf } from '../train/tiny-problem';
import { capturedNotebook, capturedTerminal } from './captured-output';

const split = tinySplit(60);
const validation = tinySplit(30, 2, 'tiny test');

/** Trains a model of its own, which is disposed again. */
async function fitted(
  options: FitOptions,
  output: Output,
  look: (model: LayersModel) => void = () => {},
): ReturnType<typeof fit> {
  return withoutLeaks(async () => {
    const model = tinyModel();
    try {
      return await fit(model, split, { batchSize: 10, run: false, ...options }, output);
    } finally {
      look(model);
      model.dispose();
      model.optimizer.dispose();
    }
  });
}

test('a terminal gets a line an epoch, the curves once, and a summary', async () => {
  const terminal = capturedTerminal();
  const end = await fitted({ epochs: 2, validation, title: 'Tiny' }, terminal.output);
  assert.equal(end.stopped, 'finished');
  const lines = terminal.text().trimEnd().split('\n');
  assert.match(
    lines[0],
    /^epoch 1\/2: loss \d\.\d{3}, accuracy \d+\.\d %, validation loss \d\.\d{3}, validation accuracy \d+\.\d %, 0:0\d, [\d,]+ images\/s$/,
  );
  assert.match(lines[1], /^epoch 2\/2: /);
  assert.match(lines[2], /^training: 12 in 0:0\d$/);
  assert.equal(lines[3], 'plot: Tiny (4 points)');
  assert.match(lines[4], /^ {2}[▁-█]{2} {2}loss.*, training: \d/);
  assert.match(
    lines.at(-1)!,
    /^trained 2 epochs, 0:0\d, loss \d\.\d{3}, accuracy .* %, validation loss .* %$/,
  );
});

test('a notebook gets one bar and one plot, both changed in place, and the plot ends with its picture', async () => {
  const { output, sent } = capturedNotebook();
  await fitted({ epochs: 2 }, output);
  const displays = sent.filter(({ kind }) => kind === 'display');
  assert.equal(displays.length, 2);
  const [bar, plot] = displays.map(({ id }) => sent.filter((one) => one.id === id));
  assert.match(String(bar[0].bundle['text/html']), /<progress /);
  assert.match(String(bar.at(-1)!.bundle['text/plain']), /^training: 12 in 0:0\d$/);
  assert.equal(
    plot.at(-1)!.bundle['text/plain']?.toString().split('\n')[0],
    'plot: Training on tiny train (2 points)',
  );
  assert.match(String(plot.at(-1)!.bundle['image/svg+xml']), /^<svg/);
  const printed = sent
    .filter(({ kind }) => kind === 'print')
    .map(({ bundle }) => String(bundle['text/plain']));
  assert.deepEqual(
    printed.map((line) => line.split(/[:,]/)[0]),
    ['epoch 1/2', 'epoch 2/2', 'trained 2 epochs'],
  );
});

test('an interrupt ends the training after the running step and keeps the weights', async () => {
  const usual = () => {};
  process.on('SIGINT', usual); // the interrupt must not end the test
  const terminal = capturedTerminal();
  const untrained = tinyModel();
  const before = weightsOf(untrained);
  untrained.dispose();
  let steps = 0;
  try {
    const onRecord = () => {
      if (++steps === 4) process.kill(process.pid, 'SIGINT');
    };
    const end = await fitted({ epochs: 1000, onRecord }, terminal.output, (model) => {
      assert.notDeepEqual(weightsOf(model), before);
    });
    assert.equal(end.stopped, 'aborted');
    assert.ok(steps < 12, `${steps} steps`);
  } finally {
    process.removeListener('SIGINT', usual);
  }
  const lines = terminal.text().trimEnd().split('\n');
  assert.equal(lines[0], 'interrupted: waiting for the running step; interrupt again to stop at once');
  assert.match(lines.at(-1)!, /^stopped after \d epochs?, the weights are kept, 0:0\d/);
});

test("with a signal of the caller's own, interrupts are left alone and the signal stops the training", async () => {
  const abort = new AbortController();
  let listeners: unknown[] = [];
  const before = process.rawListeners('SIGINT');
  const onRecord = () => {
    listeners = process.rawListeners('SIGINT');
    abort.abort();
  };
  const end = await fitted({ signal: abort.signal, onRecord }, capturedTerminal().output);
  assert.equal(end.stopped, 'aborted');
  assert.deepEqual(listeners, before);
});

test('a training stopped within its first epoch leaves the plot of its beginning', async () => {
  const { output, sent } = capturedNotebook();
  const abort = new AbortController();
  await fitted({ signal: abort.signal, onRecord: () => abort.abort() }, output);
  const plots = sent.filter(({ bundle }) => 'application/vnd.vegalite.v5+json' in bundle);
  assert.match(String(plots.at(-1)!.bundle['image/svg+xml']), /^<svg/);
  assert.match(String(plots.at(-1)!.bundle['text/plain']), /\(1 point\)/);
  assert.match(
    String(sent.at(-1)!.bundle['text/plain']),
    /^stopped after 0 epochs, the weights are kept, 0:0\d$/,
  );
});

test('an onRecord that throws stops nothing, is named at once, and counted at the end', async () => {
  const terminal = capturedTerminal();
  const onRecord = async () => {
    throw new RangeError('planted');
  };
  const end = await fitted({ epochs: 1, onRecord }, terminal.output);
  assert.equal(end.stopped, 'finished');
  const told = terminal
    .text()
    .split('\n')
    .filter((line) => line.includes('onRecord'));
  assert.deepEqual(told, [
    'the observer "onRecord" failed; it goes on getting records: RangeError: planted',
    'the observer "onRecord" failed 7 times while the training went on; first: RangeError: planted',
  ]);
});

test('a display that fails stops nothing either', async () => {
  const { output, sent } = capturedNotebook();
  const broken = {
    ...output,
    update: () => {
      throw new Error('no front end');
    },
  };
  const end = await fitted({ epochs: 1 }, broken);
  assert.equal(end.stopped, 'finished');
  const printed = sent.map(({ bundle }) => String(bundle['text/plain']));
  assert.match(printed.join('\n'), /^the observer "display" failed.*: Error: no front end$/m);
});

test('a training that fails leaves its bar where it stood and passes the error on', async () => {
  const terminal = capturedTerminal();
  const spoil = (model: LayersModel) =>
    model.setWeights(model.getWeights().map((weight) => weight.mul(Number.NaN)));
  await withoutLeaks(async () => {
    const model = tinyModel();
    const onRecord = () => tf.tidy(() => spoil(model));
    await assert.rejects(
      fit(model, split, { batchSize: 10, onRecord, run: false }, terminal.output),
      /training diverged/,
    );
    model.dispose();
    model.optimizer.dispose();
  });
  assert.match(terminal.text(), /^training: stopped at [1-3]\/60 in 0:0\d\n$/);
});

test('an unknown option is refused in words', async () => {
  const model = tinyModel({ compiled: false });
  await assert.rejects(fit(model, split, { batchsize: 8 } as never), {
    name: 'TypeError',
    message: `unknown option of fit; not one of ${[...TRAIN_OPTIONS, ...'onRecord observers consumers title run runs resume checkpoints data'.split(' ')].join(', ')}: batchsize`,
  });
  model.dispose();
});
