/** Run folders and resumption: whatever happens to a training, what it leaves behind is enough to end as if nothing had. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Split } from '../../lib/src/data/split';
import { adam } from '../../lib/src/model/keras-defaults';
import { CheckpointStore } from '../../lib/src/train/checkpoint-store';
import type { CheckpointOptions } from '../../lib/src/train/checkpoints';
import type { Consumer } from '../../lib/src/train/consumer';
import { earlyStopping } from '../../lib/src/train/early-stopping';
import type { Observer } from '../../lib/src/train/observers';
import { type RecordedEnd, recordedTraining } from '../../lib/src/train/recorded-training';
import type { TrainingRecord } from '../../lib/src/train/records';
import { reduceOnPlateau } from '../../lib/src/train/reduce-on-plateau';
import { runConfigOf } from '../../lib/src/train/run-config-of';
import { RunFolder } from '../../lib/src/train/run-folder';
import type { TrainOptions } from '../../lib/src/train/training';
import { copyWeights } from '../../lib/src/train/weight-copy';
import { withoutLeaks } from '../no-leaks';
import { temporaryFolder } from '../temporary-folder';
import { dispose, dropoutModel, timeless } from './resumable';
import { tinySplit } from './tiny-problem';

const split = tinySplit(40);
const OPTIONS: TrainOptions = { epochs: 3, batchSize: 16, seed: 3, validation: tinySplit(12, 2) }; // 3 steps an epoch

interface Scene {
  /** Where the runs lie. */
  readonly parent: string;
  readonly name?: string;
  readonly resume?: boolean;
  readonly checkpoints?: CheckpointOptions | false;
  readonly options?: TrainOptions;
  readonly split?: Split;
  readonly make?: () => LayersModel;
  readonly consumers?: readonly Consumer[];
  readonly observers?: readonly Observer[];
  /** Takes part before all other consumers; the training is aborted after it by `abort`. */
  readonly atRecord?: (record: TrainingRecord, abort: () => void) => unknown;
}

interface Outcome {
  readonly end?: RecordedEnd;
  readonly error?: Error;
  readonly weights: readonly unknown[];
  readonly records: readonly TrainingRecord[];
  readonly messages: readonly string[];
}

/** One training with a model of its own. */
async function recorded({ parent, name = 'run', atRecord, ...scene }: Scene): Promise<Outcome> {
  const { make = () => dropoutModel(adam(0.01)), checkpoints = { everySteps: 1 }, resume } = scene;
  return withoutLeaks(async () => {
    const model = make();
    const abort = new AbortController();
    const options = { ...OPTIONS, ...scene.options, signal: abort.signal };
    const images = scene.split ?? split;
    const config = runConfigOf(model, images, options);
    const messages: string[] = [];
    const records: TrainingRecord[] = [];
    const look: Consumer = {
      name: 'look',
      async onRecord(record) {
        records.push(record);
        await atRecord?.(record, () => abort.abort());
      },
    };
    const attendants = {
      consumers: [look, ...(scene.consumers ?? [])],
      observers: scene.observers ?? [],
      onMessage: (message: string) => void messages.push(message),
    };
    const setting = { parent, ...(name !== '' && { name }), resume, checkpoints };
    const ended = await recordedTraining(model, images, options, config, setting, attendants).then(
      (end) => ({ end }),
      (error: Error) => ({ error }),
    );
    const weights = [...copyWeights(model).values()];
    dispose(model);
    return { ...ended, weights, records, messages };
  });
}

const file = (parent: string, ...names: string[]) => path.join(parent, 'run', ...names);

async function assertSame(actual: Outcome, expected: Outcome): Promise<void> {
  assert.equal(actual.error, undefined);
  assert.deepEqual(actual.weights, expected.weights);
  assert.equal(actual.end!.stopped, expected.end!.stopped);
  assert.equal(actual.end!.reason, expected.end!.reason);
  assert.deepEqual(actual.end!.epochs.map(timeless), expected.end!.epochs.map(timeless));
  const [logs, results] = await Promise.all(
    [
      async (run: RunFolder) => (await run.records()).map(timeless),
      async (run: RunFolder) => (await run.result())!.epochs.map(timeless),
    ].map((read) =>
      Promise.all([actual, expected].map(async ({ end }) => read(await RunFolder.open(end!.run)))),
    ),
  );
  assert.deepEqual(logs[0], logs[1]);
  assert.deepEqual(results[0], results[1]);
}

test('a run leaves its configuration, every record, its result and its checkpoints', async (t) => {
  const parent = temporaryFolder(t);
  const { end, records, messages } = await recorded({ parent, checkpoints: {} });
  assert.deepEqual(messages, []);
  assert.equal(end!.run, path.join(parent, 'run'));
  const folder = await RunFolder.open(end!.run);
  assert.equal(folder.config.options.batchSize, 16);
  assert.deepEqual(await folder.records(), records);
  const { run: _, ...result } = end!;
  assert.deepEqual(await folder.result(), result);
  assert.deepEqual(fs.readdirSync(end!.run).sort(), [
    'checkpoints',
    'lock',
    'records.jsonl',
    'result.json',
    'run.json',
  ]);
  assert.deepEqual(fs.readdirSync(file(parent, 'checkpoints')), [
    'step-00000003',
    'step-00000006',
    'step-00000009',
  ]);
});

test('without checkpoints none are saved', async (t) => {
  const parent = temporaryFolder(t);
  const { end } = await recorded({ parent, checkpoints: false });
  assert.equal(end!.stopped, 'finished');
  assert.equal(fs.existsSync(file(parent, 'checkpoints')), false);
});

test('an interrupt after any record, and in the middle of a validation, costs nothing: the run goes on from that very step', async (t) => {
  const straight = await recorded({ parent: temporaryFolder(t) });
  for (let interrupted = 1; interrupted <= straight.records.length; interrupted++) {
    const parent = temporaryFolder(t);
    let count = 0;
    const checkpoints = { everySteps: 100, everyEpochs: 100 };
    const atRecord: Scene['atRecord'] = (_, abort) => {
      if (++count === interrupted) abort();
    };
    const first = await recorded({ parent, checkpoints, atRecord });
    assert.equal(first.end!.stopped, 'aborted');
    const second = await recorded({ parent, checkpoints, resume: true });
    const { step, epoch } = second.records[0] ?? { step: 10, epoch: 3 };
    const last = first.records.at(-1)!;
    const half = last.kind === 'epoch' && last.valLoss === undefined;
    assert.equal(step, last.step! + (half ? 0 : 1));
    assert.deepEqual(second.messages, [
      `resuming run run after step ${last.step}, in epoch ${second.records.length === 0 ? 4 : epoch}`,
    ]);
    await assertSame(second, straight);
  }
});

test('a finished run that is resumed returns at once with its records and weights', async (t) => {
  const parent = temporaryFolder(t);
  const first = await recorded({ parent, options: { averageDecay: 0.9 } });
  const again = await recorded({ parent, options: { averageDecay: 0.9 }, resume: true });
  assert.deepEqual(again.records, []);
  await assertSame(again, first);
});

test('so does one that early stopping has ended, with its best weights', async (t) => {
  const parent = temporaryFolder(t);
  const consumers = () => [earlyStopping({ metric: 'loss', minDelta: 9, patience: 1 })]; // the second epoch is not better by 9
  const first = await recorded({ parent, consumers: consumers() });
  assert.deepEqual([first.end!.stopped, first.end!.epochs.length], ['stopped', 2]);
  const again = await recorded({ parent, consumers: consumers(), resume: true });
  assert.deepEqual(again.records, []);
  await assertSame(again, first);
});

test('a run that has ended without checkpoints is not begun anew in its place', async (t) => {
  const parent = temporaryFolder(t);
  await recorded({ parent, checkpoints: false });
  const before = fs.readFileSync(file(parent, 'records.jsonl'));
  const { error } = await recorded({ parent, resume: true });
  assert.equal(
    error?.message,
    `cannot resume run ${parent}/run; it needs a checkpoint: it has none, and has ended; choose another name`,
  );
  assert.deepEqual(fs.readFileSync(file(parent, 'records.jsonl')), before);
});

test('a run that was killed before its first checkpoint begins anew in its folder', async (t) => {
  const parent = temporaryFolder(t);
  const straight = await recorded({ parent: temporaryFolder(t) });
  await recorded({ parent, checkpoints: false, atRecord: ({ step }, abort) => step === 4 && abort() });
  fs.rmSync(file(parent, 'result.json')); // as a kill leaves it
  const again = await recorded({ parent, resume: true });
  assert.equal(again.records[0].step, 1);
  await assertSame(again, straight);
});

test('what consumers remember survives every interruption', async (t) => {
  const consumers = () => [
    reduceOnPlateau({ metric: 'loss', factor: 0.5, patience: 2, minDelta: 9 }),
    earlyStopping({ metric: 'accuracy', minDelta: 2, patience: 4 }), // never better than the first epoch
  ];
  const options = { epochs: 9, batchSize: 40 };
  const straight = await recorded({ parent: temporaryFolder(t), options, consumers: consumers() });
  assert.deepEqual([straight.end!.stopped, straight.end!.epochs.length], ['stopped', 5]);
  assert.deepEqual(
    straight.end!.epochs.map(({ rate }) => rate),
    [0.01, 0.01, 0.01, 0.005, 0.005],
  );
  const parent = temporaryFolder(t);
  for (let life = 1; life <= 4; life++) {
    const { end } = await recorded({
      ...{ parent, options, resume: true, consumers: consumers() },
      atRecord: ({ kind }, abort) => kind === 'epoch' && abort(),
    });
    assert.deepEqual([end!.stopped, end!.epochs.length], ['aborted', life]);
  }
  await assertSame(await recorded({ parent, options, resume: true, consumers: consumers() }), straight);
});

test('other consumers than before are told', async (t) => {
  const parent = temporaryFolder(t);
  await recorded({ parent, atRecord: ({ step }, abort) => step === 2 && abort() });
  const { messages, end } = await recorded({ parent, resume: true, consumers: [earlyStopping()] });
  assert.equal(end!.stopped, 'finished');
  assert.equal(
    messages[1],
    'resuming run run with other consumers, which may change what follows: good weights before, good weights, early stopping now',
  );
});

test('a damaged newest checkpoint is passed over by name, and the one before it costs only time', async (t) => {
  const straight = await recorded({ parent: temporaryFolder(t) });
  const parent = temporaryFolder(t);
  await recorded({ parent, atRecord: ({ step }, abort) => step === 5 && abort() });
  const state = file(parent, 'checkpoints', 'step-00000005', 'state.safetensors');
  const bytes = fs.readFileSync(state);
  bytes[bytes.length >> 1] ^= 1;
  fs.writeFileSync(state, bytes);
  fs.truncateSync(file(parent, 'checkpoints', 'step-00000004', 'checkpoint.json'), 20);
  const second = await recorded({ parent, resume: true });
  assert.equal(second.messages.length, 3);
  assert.match(
    second.messages[0],
    /step-00000005; state\.safetensors is damaged .*; resume from step-00000003/,
  );
  assert.match(
    second.messages[1],
    /step-00000004; checkpoint\.json is damaged .*; resume from step-00000003/,
  );
  assert.equal(second.messages[2], 'resuming run run after step 3, in epoch 2');
  await assertSame(second, straight);
});

test('when all checkpoints are bad, or of a newer format, nothing is resumed and nothing touched', async (t) => {
  const parent = temporaryFolder(t);
  await recorded({ parent, checkpoints: {}, atRecord: ({ step }, abort) => step === 2 && abort() });
  const checkpoint = file(parent, 'checkpoints', 'step-00000002');
  const log = fs.readFileSync(file(parent, 'records.jsonl'));
  const refused = async (message: RegExp) => {
    const { error, records } = await recorded({ parent, resume: true });
    assert.match(String(error), message);
    assert.deepEqual(records, []);
    assert.deepEqual(fs.readFileSync(file(parent, 'records.jsonl')), log);
  };
  const card = fs.readFileSync(path.join(checkpoint, 'checkpoint.json'), 'utf8');
  const newer = card.replace('"format": 1', '"format": 2');
  assert.notEqual(newer, card);
  fs.writeFileSync(path.join(checkpoint, 'checkpoint.json'), newer);
  const sums = execFileSync('sha256sum', ['state.safetensors', 'checkpoint.json'], { cwd: checkpoint });
  fs.writeFileSync(path.join(checkpoint, 'SHA256SUMS'), sums);
  await refused(/it has format 2, and this resnet-lab reads up to 1; update resnet-lab$/);
  fs.truncateSync(path.join(checkpoint, 'state.safetensors'), 0);
  await refused(/step-00000002; .*; update resnet-lab$/);
  fs.writeFileSync(path.join(checkpoint, 'SHA256SUMS'), '');
  await refused(/^CheckpointError: cannot resume from .*step-00000002; SHA256SUMS is damaged .*; delete it$/);
  const config = fs.readFileSync(file(parent, 'run.json'), 'utf8');
  fs.writeFileSync(file(parent, 'run.json'), config.replace('"format": 1', '"format": 2'));
  await refused(/run\.json; its format must be 1: 2; read it with the resnet-lab that wrote it$/);
});

test('a training of another configuration is refused, with the fields and the values of both', async (t) => {
  const parent = temporaryFolder(t);
  await recorded({
    parent,
    options: { schedule: () => 0.01 },
    atRecord: ({ step }, abort) => step === 2 && abort(),
  });
  const images = split.images.map((byte, at) => (at === 7 ? byte ^ 1 : byte));
  const cases: [Partial<Scene>, RegExp][] = [
    [{ options: { batchSize: 8 } }, /; options\.batchSize: 16 and 8;/],
    [{ options: { epochs: 4 } }, /; options\.epochs: 3 and 4;/],
    [
      { options: { schedule: (step) => (step === 5 ? 0.02 : 0.01) } },
      /; options\.schedule\.all: "[\da-f]{16}" and "[\da-f]{16}";/,
    ],
    [{ options: { averageDecay: 0.9 } }, /; options\.averageDecay: none and 0\.9;/],
    [{ split: { ...split, images } }, /; options\.images\.train: "[\da-f]{16}" and "[\da-f]{16}";/],
    [{ split: tinySplit(39) }, /; data\.trainImages: 40 and 39; options\.images\.train:/],
    [
      { options: { validation: undefined } },
      /; data\.validationImages: 12 and 0; options\.images\.validation: .* and none;/,
    ],
    [{ make: () => dropoutModel(adam(0.02)) }, /; options\.optimizer\.learningRate: 0\.01 and 0\.02;/],
    [{ make: () => dropoutModel(adam(0.01), { filters: 5 }) }, /; model\.parameters: .*; model\.layers: /],
  ];
  for (const [other, differs] of cases) {
    const options = { schedule: () => 0.01, ...other.options };
    const { error, records } = await recorded({ parent, resume: true, ...other, options });
    assert.match(String(error), /^Error: cannot resume run .*\/run; its configuration must be the same; /);
    assert.match(String(error), differs);
    assert.match(String(error), /set these as the run has them, or start a new run$/);
    assert.deepEqual(records, []);
  }
});

test("another run's checkpoint that was copied into the folder is passed over by name", async (t) => {
  const parent = temporaryFolder(t);
  const cutAt = (step: number) => (record: TrainingRecord, abort: () => void) => {
    if (record.kind === 'step' && record.step === step) abort();
  };
  await recorded({ parent, name: 'run', atRecord: cutAt(2) });
  await recorded({ parent, name: 'other', options: { seed: 4 }, atRecord: cutAt(5) });
  const [own, foreign] = ['run', 'other'].map((name) => path.join(parent, name, 'checkpoints'));
  fs.cpSync(path.join(foreign, 'step-00000005'), path.join(own, 'step-00000005'), { recursive: true });
  const { messages, end } = await recorded({ parent, name: 'run', resume: true });
  assert.match(
    messages[0],
    /step-00000005; it is another run's: options\.seed: 3 and 4; resume from step-00000002/,
  );
  assert.match(messages[1], /^resuming run run after step 2,/);
  assert.equal(end?.stopped, 'finished');
});

test('observers of a training that goes on are told of the epochs before', async (t) => {
  const parent = temporaryFolder(t);
  const seen: unknown[] = [];
  const observer: Observer = {
    name: 'curious',
    onResume: (epochs) => void seen.push(...epochs.map(({ epoch }) => `before ${epoch}`)),
    onRecord: ({ kind, epoch }) => void (kind === 'epoch' && seen.push(epoch)),
  };
  const atRecord = (record: TrainingRecord, abort: () => void) => {
    if (record.step === 5) abort();
  };
  await recorded({ parent, atRecord });
  await recorded({ parent, resume: true, observers: [observer] });
  assert.deepEqual(seen, ['before 1', 2, 3]);
});

test('without a name the newest unfinished run of the same configuration goes on', async (t) => {
  const parent = temporaryFolder(t);
  const atRecord: Scene['atRecord'] = ({ step }, abort) => step === 2 && abort();
  const begun = async (scene: Partial<Scene>) => {
    const run = await recorded({ parent, ...scene });
    await new Promise((done) => setTimeout(done, 5)); // the runs' times are in milliseconds
    return run;
  };
  await begun({ name: 'older', atRecord });
  await begun({ name: 'wanted', atRecord });
  await begun({ name: 'other', atRecord, options: { seed: 4 } });
  await begun({ name: 'finished' });
  await begun({ name: 'stopped', consumers: [earlyStopping({ metric: 'loss', minDelta: 9, patience: 1 })] });
  const resumed = await recorded({ parent, name: '', resume: true });
  assert.equal(path.basename(resumed.end!.run), 'wanted');
  assert.equal(resumed.records[0].step, 3);
  const next = await recorded({ parent, name: '', resume: true });
  assert.equal(path.basename(next.end!.run), 'older');
  const none = await recorded({ parent, name: '', resume: true });
  assert.match(path.basename(none.end!.run), /^\d{4}-\d\d-\d\d-\d{6}-.*-s3$/, 'a new run');
  assert.equal(none.records[0].step, 1);
});

test('two trainings cannot write one run', async (t) => {
  const parent = temporaryFolder(t);
  let second: Outcome | undefined;
  const first = await recorded({
    parent,
    async atRecord({ step }) {
      if (step === 2) second ??= await recorded({ parent, resume: true });
    },
  }).catch((error) => ({ end: undefined, error }));
  assert.match(
    String(second?.error),
    /^Error: cannot write run .*\/run; one process at a time: process \d+ on .* has it since .*; wait for it, or choose another run$/,
  );
  assert.deepEqual(second?.records, []);
  assert.equal(first.end?.stopped, 'finished');
});

/** Fills a disk to its last byte, or makes room again. */
function filler(disk: string) {
  const filled = path.join(disk, 'filler');
  return {
    fill() {
      const handle = fs.openSync(filled, 'w');
      try {
        for (;;) fs.writeSync(handle, Buffer.alloc(4096));
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      } finally {
        fs.closeSync(handle);
      }
    },
    free: () => fs.rmSync(filled),
  };
}

test('a disk that is full for a while, or to the end, costs checkpoints and nothing else', async (t) => {
  const disk = temporaryFolder(t);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { encoding: 'utf8' });
  if (mounted.status !== 0)
    return t.skip(`no small disk can be mounted here: ${mounted.error ?? mounted.stderr}`);
  try {
    const options = { epochs: 1, batchSize: 1, validation: undefined }; // 40 steps
    const straight = await recorded({ parent: temporaryFolder(t), options });
    const { fill, free } = filler(disk);
    const checkpoints = { everySteps: 1, keep: 40 };
    const storeOf = (name: string) => new CheckpointStore(path.join(disk, name, 'checkpoints'));
    const stepsOf = async (name: string) => (await storeOf(name).list()).map(({ step }) => step);

    const while_ = await recorded({
      ...{ parent: disk, options, checkpoints },
      atRecord({ kind, step }) {
        if (kind === 'step' && step === 3) fill();
        if (kind === 'step' && step === 38) free();
      },
    });
    const isOfLog = (message: string) => message.startsWith('the observer "JSON lines" failed');
    const log = while_.messages.filter(isOfLog);
    assert.equal(log.length, 2);
    assert.match(log[0], /failed; it goes on getting records: Error: ENOSPC: no space left on device/);
    assert.match(log[1], /failed \d+ times while the training went on; first: Error: ENOSPC/);
    assert.deepEqual(
      while_.messages.filter((message) => !isOfLog(message)),
      [
        `cannot save ${disk}/run/checkpoints/step-00000003; the disk is full; free some space, the older checkpoints are whole; the training goes on`,
      ],
    );
    assert.deepEqual(await stepsOf('run'), [1, 2, 38, 39, 40]);
    await assertSame(while_, straight); // the log has made up for what it could not write

    const end = await recorded({
      ...{ parent: disk, name: 'end', options, checkpoints },
      atRecord: ({ kind, step }) => void (kind === 'step' && step === 3 && fill()),
    });
    assert.equal(end.end!.stopped, 'finished');
    assert.deepEqual(end.weights, straight.weights);
    assert.ok(
      end.messages.includes("cannot write the run's result; ENOSPC: no space left on device, write"),
      end.messages.join('\n'),
    );
    assert.deepEqual(await stepsOf('end'), [1, 2]);
    free();
    const resumed = await recorded({ parent: disk, name: 'end', options, resume: true });
    assert.equal(resumed.records[0].step, 3);
    await assertSame(resumed, straight);
  } finally {
    execFileSync('umount', [disk]);
  }
});

test('a clock that jumps changes neither the records nor the checkpoints', async (t) => {
  const day = 86_400_000;
  const now = Date.now.bind(Date);
  let jump = 0;
  t.mock.method(Date, 'now', () => now() + jump);
  const parent = temporaryFolder(t);
  const { end, records } = await recorded({
    parent,
    checkpoints: { everySeconds: 3600, keep: 9 },
    atRecord({ step }) {
      jump = step! % 2 === 0 ? 400 * day : -400 * day;
    },
  });
  assert.equal(end!.stopped, 'finished');
  const seconds = records.flatMap((record) => (record.kind === 'step' ? [record.seconds] : []));
  assert.ok(
    seconds.every((at, i) => at > (seconds[i - 1] ?? 0) && at < 600),
    seconds.join(),
  );
  assert.ok(records.every(({ imagesPerSecond }) => imagesPerSecond > 0));
  assert.deepEqual(await (await RunFolder.open(end!.run)).records(), records);
  const steps = (await new CheckpointStore(file(parent, 'checkpoints')).list()).map(({ step }) => step);
  assert.deepEqual(steps, [3, 6, 9], 'the ends of the epochs');
});

test('slow and failing observers see every record in order, and the training waits for none until its end', async (t) => {
  const seen: TrainingRecord[] = [];
  let trained = 0;
  const behind: number[] = [];
  const slow: Observer = {
    name: 'slow',
    async onRecord(record) {
      await new Promise((done) => setTimeout(done, 50));
      behind.push(trained);
      seen.push(record);
    },
  };
  const failing: Observer = {
    name: 'failing',
    onRecord() {
      throw new Error('planted');
    },
  };
  const { records, messages } = await recorded({
    ...{ parent: temporaryFolder(t), observers: [slow, failing] },
    checkpoints: false,
    atRecord: () => void trained++,
  });
  assert.equal(records.length, 12);
  assert.deepEqual(seen, records);
  assert.ok(behind.filter((count) => count === 12).length > 6, `trained by each record: ${behind}`);
  assert.deepEqual(messages, [
    'the observer "failing" failed; it goes on getting records: Error: planted',
    'the observer "failing" failed 12 times while the training went on; first: Error: planted',
  ]);
});

test('a loss that diverges: the last good weights, a failed result that says why, and every record', async (t) => {
  const good = await recorded({ parent: temporaryFolder(t), options: { epochs: 1 } });
  // the sixth step, the last one of the second epoch, spoils the weights
  const options = { schedule: (step: number) => (step < 5 ? 0.01 : 1e30), validation: undefined };
  const parent = temporaryFolder(t);
  // resumed in the second epoch, where no weights are left of the first one but in the checkpoint
  await recorded({ parent, options, atRecord: ({ step }, abort) => step === 5 && abort() });
  for (let attempt = 1; attempt <= 2; attempt++) {
    const { error, weights } = await recorded({ parent, options, resume: true });
    assert.equal(error?.name, 'DivergedError');
    assert.match(
      error.message,
      /NaN at step 7, epoch 3; the model has its last good weights again, those after epoch 1, and lower the learning rate \(now 1e\+30\)$/,
    );
    assert.deepEqual(weights, good.weights);
    const folder = await RunFolder.open(file(parent));
    const result = await folder.result();
    assert.deepEqual([result!.stopped, result!.reason, result!.epochs.length], ['failed', error.message, 2]);
    assert.deepEqual(
      (await folder.records()).map(({ kind, step }) => `${kind} ${step}`),
      ['step 1', 'step 2', 'step 3', 'epoch 3', 'step 4', 'step 5', 'step 6', 'epoch 6'],
    );
  }
});

test('a consumer that throws ends the run as failed, with its records, and the run can be resumed', async (t) => {
  const straight = await recorded({ parent: temporaryFolder(t) });
  const parent = temporaryFolder(t);
  const { error } = await recorded({
    parent,
    atRecord({ step }) {
      if (step === 5) throw new RangeError('planted');
    },
  });
  assert.equal(String(error), 'RangeError: planted');
  const folder = await RunFolder.open(file(parent));
  assert.deepEqual((await folder.records()).at(-1)!.step, 5);
  assert.equal((await folder.result())!.reason, 'planted');
  const resumed = await recorded({ parent, resume: true });
  assert.equal(resumed.records[0].step, 5, 'the fifth had no checkpoint');
  await assertSame(resumed, straight);
});
