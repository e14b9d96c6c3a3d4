import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { toJson } from '../../lib/src/train/model-card';
import type { StepRecord } from '../../lib/src/train/records';
import { listRuns, loadRuns, RunFolder, type RunResult } from '../../lib/src/train/run-folder';
import { temporaryFolder } from '../temporary-folder';
import { epochRecords, runConfig } from './small-run';

const NAME = '2026-11-25-205800-resnet-s1';
const epochs = epochRecords([0.5, Number.NaN]);
const result: RunResult = {
  stopped: 'aborted',
  reason: 'interrupted',
  epochs,
  seconds: 4.5,
  runner: 'compiled',
  test: { loss: Number.POSITIVE_INFINITY, accuracy: 0.25, images: 30 },
};
const step: StepRecord = {
  kind: 'step',
  step: 1,
  totalSteps: 16,
  epoch: 1,
  loss: 1,
  accuracy: Number.NaN,
  rate: 0.1,
  seconds: 1,
  imagesPerSecond: 30,
  memoryMB: 100,
};
const lineOf = (record: object) => `${JSON.stringify(JSON.parse(toJson(record)))}\n`;

test('a run that was made is read back as it was, with all its numbers', async (t) => {
  const parent = path.join(temporaryFolder(t), 'not there yet', 'runs');
  const config = runConfig({ clip: Number.POSITIVE_INFINITY, optimizer: { className: 'SGD' } });
  const made = await RunFolder.create(parent, config);
  assert.equal(made.directory, path.join(parent, NAME));
  assert.equal(made.name, NAME);
  assert.deepEqual(fs.readdirSync(parent), [NAME]);
  assert.deepEqual(fs.readdirSync(made.directory), ['run.json']);
  assert.equal(JSON.parse(fs.readFileSync(path.join(made.directory, 'run.json'), 'utf8')).format, 1);
  const opened = await RunFolder.open(made.directory);
  assert.deepEqual(opened.config, config);
  assert.deepEqual(await opened.records(), []);
  assert.equal(await opened.result(), undefined);
});

test('a result replaces the former one', async (t) => {
  const run = await RunFolder.create(temporaryFolder(t), runConfig());
  await run.writeResult({ stopped: 'failed', reason: 'diverged', epochs: [], seconds: 1, runner: 'eager' });
  await run.writeResult(result);
  assert.deepEqual(await run.result(), result);
  assert.deepEqual(fs.readdirSync(run.directory).sort(), ['result.json', 'run.json']);
});

test('runs of the same second have names of their own, also when made at the same time', async (t) => {
  const parent = temporaryFolder(t);
  const runs = await Promise.all([1, 2, 3].map(() => RunFolder.create(parent, runConfig())));
  assert.deepEqual(runs.map(({ name }) => name).sort(), [NAME, `${NAME}-2`, `${NAME}-3`]);
  assert.deepEqual(fs.readdirSync(parent).sort(), [NAME, `${NAME}-2`, `${NAME}-3`]);
});

test('a name that is taken, by a run or a file, or that is none, is refused', async (t) => {
  const parent = temporaryFolder(t);
  await RunFolder.create(parent, runConfig(), { name: 'baseline' });
  fs.writeFileSync(path.join(parent, 'notes'), 'mine');
  for (const name of ['baseline', 'notes']) {
    await assert.rejects(RunFolder.create(parent, runConfig(), { name }), {
      message:
        `cannot create run ${path.join(parent, name)}; the name is taken; ` +
        'open that run to go on with it, or choose another name',
    });
  }
  for (const name of ['', '.', '..', '.hidden', 'a/b', '/a']) {
    await assert.rejects(RunFolder.create(parent, runConfig(), { name }), {
      name: 'RangeError',
      message: `invalid name; not a plain folder name that begins without a dot: "${name}"`,
    });
  }
  assert.equal(fs.readFileSync(path.join(parent, 'notes'), 'utf8'), 'mine');
  assert.deepEqual(fs.readdirSync(parent).sort(), ['baseline', 'notes']);
});

test('when a run cannot be made nothing of it is left', async (t) => {
  const parent = temporaryFolder(t);
  await assert.rejects(RunFolder.create(parent, runConfig({ epochs: '2' })), TypeError);
  const rename = t.mock.method(fs.promises, 'rename', () => Promise.reject(new Error('no space left')));
  await assert.rejects(RunFolder.create(parent, runConfig()), /no space left/);
  assert.ok(rename.mock.callCount() > 0);
  assert.deepEqual(fs.readdirSync(parent), []);
});

test('when a result cannot be written the former one stays, and nothing beside it', async (t) => {
  const run = await RunFolder.create(temporaryFolder(t), runConfig());
  await run.writeResult(result);
  const rename = t.mock.method(fs.promises, 'rename', () => Promise.reject(new Error('no space left')));
  await assert.rejects(run.writeResult({ ...result, seconds: 9 }), /no space left/);
  rename.mock.restore();
  assert.deepEqual(await run.result(), result);
  assert.deepEqual(fs.readdirSync(run.directory).sort(), ['result.json', 'run.json']);
});

test('a process that is killed while it writes results leaves a whole one', async (t) => {
  const run = await RunFolder.create(temporaryFolder(t), runConfig());
  for (const milliseconds of [3, 11, 29]) {
    const writer = path.join(__dirname, 'write-results.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', writer, run.directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await wait(milliseconds); // into the writing of a later one, wherever that is
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal((await run.result())?.epochs.length, 2000);
  }
});

test('a half-written file of a killed process is taken for nothing', async (t) => {
  const parent = temporaryFolder(t);
  const run = await RunFolder.create(parent, runConfig());
  fs.writeFileSync(path.join(run.directory, 'result.json.0b0a7a52.tmp'), '{"format": 1, "epo');
  fs.mkdirSync(path.join(parent, '.killed.0b0a7a52.tmp'));
  fs.writeFileSync(path.join(parent, '.killed.0b0a7a52.tmp', 'run.json'), '{"form');
  assert.equal(await run.result(), undefined);
  const listed = await listRuns(parent, (error) => assert.fail(error));
  assert.deepEqual(
    listed.map(({ name }) => name),
    [NAME],
  );
});

test('records come back with NaN, and without a last line that was cut', async (t) => {
  const run = await RunFolder.create(temporaryFolder(t), runConfig());
  const file = path.join(run.directory, 'records.jsonl');
  const text = lineOf(step) + epochs.map(lineOf).join('');
  fs.writeFileSync(file, text + lineOf(step).slice(0, 40));
  assert.deepEqual(await run.records(), [step, ...epochs]);
  fs.writeFileSync(file, text.replace('"kind":"step"', '"kind":"stop"'));
  await assert.rejects(run.records(), /^Error: cannot read .*records\.jsonl; .*line 1/);
});

test('damaged, foreign and newer files are refused by their name, with the remedy', async (t) => {
  const directory = path.join(temporaryFolder(t), 'run');
  await assert.rejects(RunFolder.open(directory), {
    message: `cannot open run ${directory}; run.json is missing; name a folder that a training recorded into`,
  });
  const run = await RunFolder.create(path.dirname(directory), runConfig(), { name: 'run' });
  const file = path.join(directory, 'run.json');
  const text = fs.readFileSync(file, 'utf8');
  const refused = async (content: string, why: string) => {
    fs.writeFileSync(file, content);
    await assert.rejects(RunFolder.open(directory), { message: `cannot read ${file}; ${why}` });
  };
  const copy = 'restore it from a copy, or remove the folder';
  await refused(text.slice(0, 99), `it is damaged: not JSON; ${copy}`);
  await refused('', `it is damaged: not JSON; ${copy}`);
  await refused('{"notebooks": []}', "it has no format; it is another program's; move it away");
  await refused('null', "it has no format; it is another program's; move it away");
  await refused(
    text.replace('"format": 1', '"format": 2'),
    'its format must be 1: 2; read it with the resnet-lab that wrote it',
  );
  await refused(
    text.replace('"seed"', '"sead"'),
    `invalid config; options.seed must be of type number: none; ${copy}`,
  );
  fs.writeFileSync(path.join(directory, 'result.json'), '{"format": 1, "ep');
  await assert.rejects(run.result(), {
    message: `cannot read ${path.join(directory, 'result.json')}; it is damaged: not JSON; remove it; the records tell the run without it`,
  });
  fs.writeFileSync(path.join(directory, 'result.json'), '{"format": 1}');
  await assert.rejects(run.result(), /result\.json; it has no epochs; remove it/);
});

test('runs are listed by their age; what is no run is passed over, a damaged one is told', async (t) => {
  const parent = temporaryFolder(t);
  const at = (created: string) => ({ ...runConfig(), created });
  await RunFolder.create(parent, at('2026-11-26T00:00:00Z'), { name: 'a' });
  await RunFolder.create(parent, at('2026-11-25T00:00:00+01:00'), { name: 'b' });
  await RunFolder.create(parent, at('2026-11-25T00:00:00Z'), { name: 'c' });
  for (const name of ['empty', 'broken']) fs.mkdirSync(path.join(parent, name));
  fs.writeFileSync(path.join(parent, 'notes.txt'), 'mine');
  fs.writeFileSync(path.join(parent, 'broken', 'run.json'), '{');
  const told: string[] = [];
  const listed = await listRuns(parent, (error) => told.push(error.message));
  assert.deepEqual(
    listed.map(({ name }) => name),
    ['b', 'c', 'a'],
  );
  assert.equal(told.length, 1);
  assert.match(told[0], /broken\/run\.json; it is damaged/);
  const missing = path.join(parent, 'rusn');
  await assert.rejects(listRuns(missing), {
    message: `cannot list runs; no such directory: ${missing}; a recorded training makes it`,
  });
});

test('a run goes on with its own configuration only; another device or version is told', async (t) => {
  const run = await RunFolder.create(temporaryFolder(t), runConfig());
  assert.deepEqual(run.checkSameConfig({ ...runConfig(), created: '2027-01-01', commit: 'ffff' }), [
    'commit: "1f3c" and "ffff"',
  ]);
  assert.throws(() => run.checkSameConfig(runConfig({ batchSize: 16, seed: 2 })), {
    message:
      `cannot resume run ${run.directory}; its configuration must be the same; options.batchSize: 8 and 16; ` +
      'options.seed: 1 and 2; set these as the run has them, or start a new run',
  });
});

test('runs are loaded from a parent or by name, finished, going on, resumed and not begun', async (t) => {
  const parent = temporaryFolder(t);
  const make = (name: string) => RunFolder.create(parent, runConfig(), { name });
  const write = (run: RunFolder) =>
    fs.writeFileSync(path.join(run.directory, 'records.jsonl'), lineOf(step) + epochs.map(lineOf).join(''));
  const [finished, going, resumed, begun] = await Promise.all(
    ['finished', 'going', 'resumed', 'unbegun'].map(make),
  );
  for (const run of [finished, going, resumed]) write(run);
  await finished.writeResult(result);
  await resumed.writeResult({ ...result, epochs: epochs.slice(0, 1), seconds: 2.5 });
  const loaded = await loadRuns(parent);
  assert.deepEqual(
    loaded.map(({ name, epochs, seconds, result }) => [name, epochs.length, seconds, result?.stopped]),
    [
      ['finished', 2, 4.5, 'aborted'],
      ['going', 2, 4, undefined],
      ['resumed', 2, 4, undefined],
      ['unbegun', 0, 0, undefined],
    ],
  );
  assert.deepEqual(loaded[1].epochs, epochs);
  const two = await loadRuns([begun.directory, finished.directory]);
  assert.deepEqual(
    two.map(({ name }) => name),
    ['unbegun', 'finished'],
  );
  await assert.rejects(loadRuns([parent]), /^Error: cannot open run .* run\.json is missing/);
});
