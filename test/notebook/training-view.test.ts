import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrainingView } from '../../lib/src/notebook/training-view';
import type { EpochRecord } from '../../lib/src/train/records';
import { capturedNotebook, capturedTerminal } from './captured-output';

function record(epoch: number, waits?: readonly number[]): EpochRecord {
  const workers = waits?.map((waited) => ({ imagesPerSecond: 50 * epoch, waited }));
  return {
    ...{ kind: 'epoch', epoch, epochs: 3, loss: 1 / epoch, accuracy: 0.5, seconds: 1, imagesPerSecond: 100 },
    ...(workers && { workers }),
  };
}

const headOf = (text: unknown) => String(text).split('\n')[0];

test("a notebook gets a cluster's workers as a plot below the curves, changed in place, that ends with its picture", async () => {
  const { output, sent } = capturedNotebook();
  const view = new TrainingView('Tiny', 3, output);
  view.resume([record(1, [0.1, 0.2])]);
  await view.add(record(2, [0.1, 0.2]));
  const first = sent.filter(({ kind }) => kind === 'display');
  assert.deepEqual(
    first.map(({ bundle }) => headOf(bundle['text/plain'])),
    ['plot: Tiny (2 points)', 'plot: Tiny, by worker (4 points)'],
  );
  await view.add(record(3, [0.1, 0.2]));
  await view.finish();
  assert.equal(sent.filter(({ kind }) => kind === 'display').length, 2);
  const last = sent.filter(({ id }) => id === first[1].id).at(-1)!.bundle;
  assert.equal(headOf(last['text/plain']), 'plot: Tiny, by worker (6 points)');
  assert.match(String(last['image/svg+xml']), /^<svg/);
});

test("a terminal gets a cluster's workers once, at the end", async () => {
  const terminal = capturedTerminal();
  const view = new TrainingView('Tiny', 3, terminal.output);
  await view.add(record(1, [0.25, 0]));
  await view.add(record(2, [0.5, 0]));
  assert.doesNotMatch(terminal.text(), /plot/);
  await view.finish();
  assert.match(terminal.text(), /^plot: Tiny, by worker \(4 points\)$/m);
  assert.match(terminal.text(), /waited \(share of the time\), worker 0: 0\.250 to 0\.500$/m);
});

test('without a cluster there are the curves alone', async () => {
  const { output, sent } = capturedNotebook();
  const view = new TrainingView('Tiny', 3, output);
  await view.add(record(1));
  await view.finish();
  assert.deepEqual(
    sent.filter(({ kind }) => kind === 'display').map(({ bundle }) => headOf(bundle['text/plain'])),
    ['plot: Tiny (1 point)'],
  );
});
