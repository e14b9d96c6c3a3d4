import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { Measurement, Runner } from '../../tools/bench/measurement';
import { reportIn, runChild } from '../../tools/bench/run-child';
import { temporaryFolder } from '../temporary-folder';

const root = path.resolve(__dirname, '../..');
const TWO_STEPS = { net: 'article', batch: 8, images: 16, epochs: 2 } as const;

for (const runner of ['ours', 'ours-eager', 'tfjs'] satisfies Runner[]) {
  test(`a process measures the training of ${runner} and reports it`, async (t) => {
    const log = path.join(temporaryFolder(t), 'log');
    const report = await runChild({ ...TWO_STEPS, measure: 'train', runner }, { root, log });
    assert.equal(report.parameters, 329_898);
    assert.ok(report.msPerStep > 0 && report.imagesPerSecond > 0 && report.peakMemoryMB > 0);
    assert.ok(Number.isFinite(report.loss));
    assert.equal(report.residentMB!.length, 2);
    assert.equal(report.versions.node, process.versions.node);
  });
}

test('a process measures prediction, and how late a timer comes while the net trains', async (t) => {
  const log = path.join(temporaryFolder(t), 'log');
  const predicted = await runChild({ ...TWO_STEPS, measure: 'predict', runner: 'ours' }, { root, log });
  assert.ok(predicted.msPerStep > 0);
  const trained = await runChild({ ...TWO_STEPS, measure: 'event-loop', runner: 'ours' }, { root, log });
  const { p50, p99, max } = trained.lateMs!;
  assert.ok(0 <= p50 && p50 <= p99 && p99 <= max);
});

test("a process that fails is quoted by the line that names its error, not by its stack's end", async (t) => {
  const log = path.join(temporaryFolder(t), 'log');
  const impossible = { ...TWO_STEPS, batch: 0, measure: 'train', runner: 'ours' } satisfies Measurement;
  await assert.rejects(runChild(impossible, { root, log }), {
    message: 'ours failed on article, batch 0: RangeError: invalid batchSize; not a positive integer: 0',
  });
});

test('the report is the last line of JSON with a speed, among whatever else is printed', () => {
  const line = '{"msPerStep": 3, "runner": "keras"}';
  assert.deepEqual(reportIn(`{not JSON}\n{"a": 1}\n${line}\n{"b": 2}\nwarning\n`), JSON.parse(line));
  assert.equal(reportIn('nothing'), undefined);
});
