import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { jsonLines, readJsonLines, truncateAfter } from '../../lib/src/train/json-lines';
import type { TrainingRecord } from '../../lib/src/train/records';
import { temporaryFolder } from '../temporary-folder';

const STEP = {
  kind: 'step',
  ...{ totalSteps: 4, loss: Number.POSITIVE_INFINITY, accuracy: Number.NaN, rate: 0.1 },
  ...{ gradientNorm: 1e-7, imagesPerSecond: 100, memoryMB: 500 },
} as const;
const EPOCH = {
  kind: 'epoch',
  ...{ epochs: 2, loss: 0.5, accuracy: 0.75, rate: 0.1, seconds: 2, imagesPerSecond: 100 },
  ...{ valLoss: Number.NEGATIVE_INFINITY, valAccuracy: 0.1 },
} as const;
/** Two epochs of two steps. */
const RECORDS: readonly TrainingRecord[] = [
  { ...STEP, step: 1, epoch: 1, seconds: 1 },
  { ...STEP, step: 2, epoch: 1, seconds: 2 },
  { ...EPOCH, step: 2, epoch: 1 },
  { ...STEP, step: 3, epoch: 2, seconds: 3 },
  { ...STEP, step: 4, epoch: 2, seconds: 4 },
  { ...EPOCH, step: 4, epoch: 2 },
];

function logIn(t: TestContext): string {
  return path.join(temporaryFolder(t), 'logs', 'training.jsonl');
}

async function write(file: string, records: readonly TrainingRecord[], append?: boolean): Promise<void> {
  const log = jsonLines(file, append === undefined ? {} : { append });
  for (const record of records) await log.onRecord(record);
  await log.close?.();
}

test('records come back as they were, NaN and infinities included', async (t) => {
  const file = logIn(t);
  await write(file, RECORDS);
  assert.deepEqual(await readJsonLines(file), RECORDS);
});

test('a line is JSON that any program reads, with NaN and infinities as strings', async (t) => {
  const file = logIn(t);
  await write(file, RECORDS.slice(0, 1));
  assert.equal(
    fs.readFileSync(file, 'utf8'),
    '{"kind":"step","totalSteps":4,"loss":"Infinity","accuracy":"NaN","rate":0.1,"gradientNorm":1e-7,' +
      '"imagesPerSecond":100,"memoryMB":500,"step":1,"epoch":1,"seconds":1}\n',
  );
});

test('a new run replaces the log with its first record, a resumed one goes on with it', async (t) => {
  const file = logIn(t);
  await write(file, RECORDS.slice(0, 3), true);
  await write(file, []);
  await write(file, RECORDS.slice(3), true);
  assert.deepEqual(await readJsonLines(file), RECORDS);
  await write(file, RECORDS.slice(1, 2));
  assert.deepEqual(await readJsonLines(file), RECORDS.slice(1, 2));
});

test('wherever a kill cuts the log, the whole lines are read, and a resumed run goes on after them', async (t) => {
  const file = logIn(t);
  await write(file, RECORDS.slice(0, 2));
  const whole = fs.readFileSync(file);
  const first = whole.indexOf('\n') + 1;
  for (let length = 0; length < whole.length; length++) {
    fs.writeFileSync(file, whole.subarray(0, length));
    const left = RECORDS.slice(0, length < first ? 0 : 1);
    assert.deepEqual(await readJsonLines(file), left, `cut at ${length}`);
    await write(file, RECORDS.slice(3, 4), true);
    assert.deepEqual(await readJsonLines(file), [...left, RECORDS[3]], `cut at ${length}`);
  }
});

test('damage elsewhere is refused with the number of the line, and nothing is dropped', async (t) => {
  const file = logIn(t);
  await write(file, RECORDS);
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  for (const damaged of [
    '{"kind":"step","st',
    '',
    'null',
    '[1]',
    '{"kind":"step"}',
    '{"kind":"note","step":2}',
  ]) {
    const text = [lines[0], damaged, ...lines.slice(2)].join('\n');
    fs.writeFileSync(file, text);
    const message =
      `cannot read ${file}; every line must be the JSON of a record: ` +
      `line 2 begins ${JSON.stringify(damaged)}; remove it`;
    await assert.rejects(readJsonLines(file), { name: 'Error', message });
    await assert.rejects(truncateAfter(file, 1), { name: 'Error', message });
    assert.equal(fs.readFileSync(file, 'utf8'), text);
  }
});

test('truncating drops what comes after a step, an epoch with the step that ends it', async (t) => {
  const file = logIn(t);
  for (const [step, kept] of [
    [9, 6],
    [4, 6],
    [3, 4],
    [2, 3],
    [1, 1],
    [0, 0],
  ]) {
    await write(file, RECORDS);
    fs.appendFileSync(file, '{"kind":"st'); // cut by a kill
    await truncateAfter(file, step);
    assert.deepEqual(await readJsonLines(file), RECORDS.slice(0, kept), `after step ${step}`);
    assert.match(fs.readFileSync(file, 'utf8'), /(^|\n)$/);
  }
  assert.deepEqual(fs.readdirSync(path.dirname(file)), ['training.jsonl']);
});

test('truncating goes through a link to its file', async (t) => {
  const file = logIn(t);
  await write(file, RECORDS);
  const link = `${file}.link`;
  fs.symlinkSync(file, link);
  await truncateAfter(link, 1);
  assert.deepEqual(await readJsonLines(file), RECORDS.slice(0, 1));
  assert.ok(fs.lstatSync(link).isSymbolicLink());
});

test('truncating leaves a missing log missing, and refuses what is no step', async (t) => {
  const file = logIn(t);
  await truncateAfter(file, 3);
  assert.equal(fs.existsSync(path.dirname(file)), false);
  for (const step of [-1, 1.5, Number.NaN]) {
    await assert.rejects(truncateAfter(file, step), {
      name: 'RangeError',
      message: `invalid step; not an integer >= 0: ${step}`,
    });
  }
});
