import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { evaluate } from '../../lib/src/evaluate/evaluate';
import { saveEvaluation } from '../../lib/src/evaluate/save-evaluation';
import type { ModelCard } from '../../lib/src/train/model-card';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'save-evaluation-'));
after(() => fs.rmSync(folder, { recursive: true }));

const evaluation = evaluate({
  probabilities: Float32Array.from([0.9, 0.1, 0.2, 0.8]),
  labels: Uint8Array.from([0, 0]),
  classNames: ['a', 'b'],
  splitName: 'two images',
});

const card: ModelCard = {
  data: { name: 'two images', source: 'generated', classNames: ['a', 'b'], trainImages: 4, testImages: 2 },
  seed: 1,
  batchSize: 2,
  epochs: [],
  device: 'CPU',
  versions: {},
  commit: null,
  seconds: 0.5,
  stopped: 'finished',
};

test('an evaluation reads back with its model, in a folder that is made for it', async () => {
  const file = path.join(folder, 'new', 'evaluation.json');
  await saveEvaluation(file, evaluation, { card, trainedHere: false });
  const read = JSON.parse(fs.readFileSync(file, 'utf8'));
  assert.deepEqual(read, { ...evaluation, model: card, standIn: false });
  assert.deepEqual(fs.readdirSync(path.dirname(file)), ['evaluation.json']);
});

test('a file that cannot be written leaves nothing behind', async () => {
  const file = path.join(folder, 'occupied');
  fs.mkdirSync(path.join(file, 'inside'), { recursive: true });
  await assert.rejects(
    saveEvaluation(file, evaluation, { card, trainedHere: false }),
    /EISDIR|ENOTEMPTY|EEXIST/,
  );
  assert.deepEqual(fs.readdirSync(folder).sort(), ['new', 'occupied']);
});
