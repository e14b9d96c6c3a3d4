import assert from 'node:assert/strict';
import fs from 'node:fs';
import promises from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileObserver, type Observer, Observers } from '../../lib/src/train/observers';
import type { EpochRecord, StepRecord, TrainingRecord } from '../../lib/src/train/records';
import { temporaryFolder } from '../temporary-folder';

/** After a step, by default at one step a second. */
function stepRecord(step: number, seconds = step): StepRecord {
  const measured = { loss: 0.5, accuracy: 0.75, rate: 0.1, imagesPerSecond: 100, memoryMB: 500 };
  return { kind: 'step', step, totalSteps: 300, epoch: 1, seconds, ...measured };
}

const epochRecord: EpochRecord = {
  ...{ kind: 'epoch', epoch: 1, epochs: 1, step: 5, loss: 0.5, accuracy: 0.75 },
  ...{ rate: 0.1, seconds: 5, imagesPerSecond: 100 },
};
const steps = [1, 2, 3].map((step) => stepRecord(step));

function failOn(message: string): void {
  assert.fail(`unexpected: ${message}`);
}

test('every observer gets every record in order, one at a time, and close comes last', async () => {
  const seen: string[] = [];
  const slow: Observer = {
    name: 'slow',
    async onRecord({ step }) {
      seen.push(`begin ${step}`);
      await new Promise(setImmediate);
      seen.push(`end ${step}`);
    },
    close: () => {
      seen.push('close');
    },
  };
  const fast: TrainingRecord[] = [];
  const observers = new Observers(
    [slow, { name: 'fast', onRecord: (record) => void fast.push(record) }],
    failOn,
  );
  for (const record of steps) observers.add(record);
  assert.deepEqual([seen, fast], [[], []], 'add waits for nobody');
  await observers.close();
  assert.deepEqual(seen, ['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3', 'close']);
  assert.deepEqual(fast, steps);
});

test('an observer that is stuck holds up neither the others nor what waits for it', async () => {
  let release = () => {};
  const stuck = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow: TrainingRecord[] = [];
  const observers = await new Promise<Observers>((resolve) => {
    const all: Observers = new Observers(
      [
        { name: 'slow', onRecord: (record) => stuck.then(() => void slow.push(record)) },
        { name: 'fast', onRecord: ({ step }) => (step === 3 ? resolve(all) : undefined) },
      ],
      failOn,
    );
    for (const record of steps) all.add(record);
  });
  assert.deepEqual(slow, []);
  release();
  await observers.close();
  assert.deepEqual(slow, steps);
});

test('the training takes its next step before an observer works on the last one', async () => {
  const order: string[] = [];
  const observers = new Observers(
    [{ name: 'plot', onRecord: ({ step }) => void order.push(`plot ${step}`) }],
    failOn,
  );
  for (const record of steps) {
    observers.add(record);
    await Promise.resolve(); // as a generator that goes on does
    order.push(`step ${Number(record.step) + 1} begins`);
    await new Promise((done) => setTimeout(done));
  }
  await observers.close();
  assert.equal(order[0], 'step 2 begins');
  assert.equal(order.length, 6);
});

test('an observer that fails goes on getting records; its first error is told at once, the number at the end', async () => {
  const messages: string[] = [];
  let calls = 0;
  const toldAfter: number[] = [];
  const observers = new Observers(
    [
      {
        name: 'plot',
        onRecord() {
          throw new RangeError(`no canvas for call ${++calls}`);
        },
      },
      {
        name: 'log',
        onRecord: ({ step }) => (step === 2 ? Promise.reject(new Error('disk full')) : undefined),
      },
    ],
    (message) => {
      messages.push(message);
      toldAfter.push(calls);
    },
  );
  for (const record of steps) observers.add(record);
  await observers.close();
  assert.equal(calls, 3);
  assert.deepEqual(toldAfter.slice(0, 1), [1]);
  assert.deepEqual(messages.sort(), [
    'the observer "log" failed once while the training went on; first: Error: disk full',
    'the observer "log" failed; it goes on getting records: Error: disk full',
    'the observer "plot" failed 3 times while the training went on; first: RangeError: no canvas for call 1',
    'the observer "plot" failed; it goes on getting records: RangeError: no canvas for call 1',
  ]);
});

test('a close that throws is told and keeps nobody else from closing; closing twice is closing once', async () => {
  const messages: string[] = [];
  let closed = 0;
  const bad: Observer = {
    name: 'log',
    onRecord: () => {},
    close() {
      throw new Error('disk full');
    },
  };
  const good: Observer = { name: 'plot', onRecord: () => {}, close: async () => void closed++ };
  const observers = new Observers([bad, good], (message) => messages.push(message));
  await Promise.all([observers.close(), observers.close()]);
  observers.add(steps[0]);
  assert.deepEqual(messages, ['the observer "log" failed to close: Error: disk full']);
  assert.equal(closed, 1);
});

test('who cannot even be told of a failure ends nothing either', async () => {
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  const observers = new Observers(
    [
      {
        name: 'plot',
        onRecord: () => {},
        close() {
          throw new Error('no canvas');
        },
      },
    ],
    () => {
      throw new Error('nobody listens');
    },
  );
  await observers.close();
  assert.equal((await warned).message, 'the observer "plot" failed to close');
});

/** Records as `<step>,` in a file, and a look into it. */
function commaFile(folder: string) {
  const file = path.join(folder, 'steps');
  const observer = fileObserver('file', {
    async open() {
      fs.writeFileSync(file, '');
      return file;
    },
    encode: ({ kind, step }) => (kind === 'step' && step === 13 ? undefined : Buffer.from(`${step},`)),
  });
  return { observer, text: () => fs.readFileSync(file, 'utf8') };
}

test('a file gets the first record at once, then those of a second together, then those until an epoch or the end', async (t) => {
  const { observer, text } = commaFile(temporaryFolder(t));
  const at = (step: number, seconds: number) => observer.onRecord(stepRecord(step, seconds));
  await at(1, 0.5);
  assert.equal(text(), '1,');
  await at(2, 0.9);
  await at(3, 1.4);
  assert.equal(text(), '1,');
  await at(4, 1.5);
  assert.equal(text(), '1,2,3,4,');
  await at(5, 1.6);
  await observer.onRecord(epochRecord);
  assert.equal(text(), '1,2,3,4,5,5,');
  await at(13, 9);
  await at(6, 1.7);
  assert.equal(text(), '1,2,3,4,5,5,');
  await observer.close?.();
  assert.equal(text(), '1,2,3,4,5,5,6,');
});

test('fast steps are written a hundred at a time', async (t) => {
  const { observer, text } = commaFile(temporaryFolder(t));
  const count = () => text().split(',').length - 1;
  for (let step = 100; step < 300; step++) await observer.onRecord(stepRecord(step, 0.1));
  assert.equal(count(), 101);
  await observer.onRecord(stepRecord(300, 0.1));
  assert.equal(count(), 201);
});

test('a write that fails half-way leaves nothing of itself, and is made up for with the next record', async (t) => {
  const { observer, text } = commaFile(temporaryFolder(t));
  await observer.onRecord(stepRecord(1));
  const append = t.mock.method(promises, 'appendFile', async (file: string, bytes: Buffer) => {
    fs.appendFileSync(file, bytes.subarray(0, 1));
    throw new Error('disk full');
  });
  await assert.rejects(async () => observer.onRecord(stepRecord(20)), /disk full/);
  assert.equal(text(), '1,');
  append.mock.restore();
  await observer.onRecord(stepRecord(21));
  assert.equal(text(), '1,20,21,');
});
