import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { resultsTable } from '../../tools/results-table';
import { speedTable } from '../../tools/speed-table';
import { temporaryFolder } from '../temporary-folder';

const KERAS = {
  versions: { keras: '3.15.0', tensorflow: '2.21.0' },
  secondsPerEpoch: [10, 20],
  machine: 'Some CPU',
};
const RUN = {
  dataSet: { source: 'cifar10' },
  versions: { tensorflow: '2.21.0' },
  training: {
    seed: 4,
    device: 'CPU Other CPU, 2 threads, avx2; TensorFlow 2.21.0',
    runner: 'compiled',
    secondsPerEpoch: [30],
    history: [{ valAccuracy: 0.5 }, { valAccuracy: 0.8 }, { valAccuracy: 0.7 }, { valAccuracy: 0.6 }],
  },
};

test('a row gives the last epoch, the mean of the last three, the best, and the mean time', (t) => {
  const folder = temporaryFolder(t);
  const lines = [
    { ...KERAS, seed: 1, valAccuracy: [0.9, 0.3, 0.4, 0.5] },
    { ...KERAS, seed: 2, valAccuracy: [0.1, 0.7, 0.7, 0.7] },
  ];
  fs.writeFileSync(
    path.join(folder, 'keras.jsonl'),
    lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  fs.writeFileSync(path.join(folder, 'resnet-lab-seed4.json'), JSON.stringify(RUN));
  const rows = resultsTable(folder).split('\n').slice(3);
  assert.deepEqual(rows, [
    '| Keras 3.15.0 on TensorFlow 2.21.0 | 1 | 50.00 % | 40.00 % | 90.00 % | 15.0 | Some CPU |',
    '| Keras 3.15.0 on TensorFlow 2.21.0 | 2 | 70.00 % | 70.00 % | 70.00 % | 15.0 | Some CPU |',
    '| mean of 2 | | 60.00 % ± 14.1 | 55.00 % ± 21.2 | 80.00 % ± 14.1 | 15.0 | |',
    '| resnet-lab, compiled, on TensorFlow 2.21.0 | 4 | 60.00 % | 70.00 % | 80.00 % | 30.0 | Other CPU |',
  ]);
});

test("README's table of results is what the records of the runs say", () => {
  const readme = fs.readFileSync(path.join(__dirname, '..', '..', 'README.md'), 'utf8');
  assert.ok(
    readme.includes(resultsTable()),
    'run "node --import tsx tools/results-table.ts" and put its output in',
  );
});

test("README's table of speed is what the lines of the bench say", () => {
  const readme = fs.readFileSync(path.join(__dirname, '..', '..', 'README.md'), 'utf8');
  assert.ok(
    readme.includes(speedTable()),
    'run "node --import tsx tools/speed-table.ts" and put its output in',
  );
});

test('the table of speed has a row for every runner, and its time beside ours', (t) => {
  const folder = temporaryFolder(t);
  const line = (runner: string, msPerStep: number, rest = {}) =>
    JSON.stringify({
      net: 'article',
      batch: 32,
      runner,
      msPerStep,
      imagesPerSecond: 1,
      peakMemoryMB: 99.6,
      ...rest,
    });
  const lines = [
    line('ours', 10, { round: 1 }),
    line('ours', 10, { rounds: 3 }),
    line('keras', 25, { rounds: 3 }),
  ];
  fs.writeFileSync(path.join(folder, 'bench.jsonl'), lines.join('\n'));
  assert.deepEqual(speedTable(folder).split('\n'), [
    "| | the article's net, batch 32 | / ours | peak MB |",
    '|---|---|---|---|',
    '| **resnet-lab** | 10.0 ms | 1.00 | 100 |',
    '| Keras, `fit` | 25.0 ms | 2.50 | 100 |',
  ]);
});
