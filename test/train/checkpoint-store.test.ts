import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { type Checkpoint, CheckpointStore } from '../../lib/src/train/checkpoint-store';
import { temporaryFolder } from '../temporary-folder';
import { checkpointOf } from './checkpoint-saver';

/** A store in a fresh directory, with checkpoints of these steps in it. */
async function storeWith(t: test.TestContext, steps: readonly number[], keep = 9) {
  const directory = path.join(temporaryFolder(t), 'run', 'checkpoints');
  const store = new CheckpointStore(directory, { keep });
  for (const step of steps) await store.save(checkpointOf(step));
  return { store, directory };
}

const steps = async (store: CheckpointStore) => (await store.list()).map(({ step }) => step);

/** Writes `checkpoint.json` anew, with its sum. */
function rewriteCard(directory: string, card: unknown): void {
  fs.writeFileSync(path.join(directory, 'checkpoint.json'), JSON.stringify(card));
  const names = ['state.safetensors', 'checkpoint.json'];
  const sums = execFileSync('sha256sum', names, { cwd: directory });
  fs.writeFileSync(path.join(directory, 'SHA256SUMS'), sums);
}

test('a loaded checkpoint is the saved one', async (t) => {
  const { store, directory } = await storeWith(t, []);
  const checkpoint: Checkpoint = {
    step: 120,
    score: 0.875,
    meta: { epochs: [{ loss: Number.NaN, rate: 0.1 }], seed: 1 },
    tensors: new Map([
      ['conv/kernel', { dtype: 'float32', shape: [1, 2], values: new Float32Array([-0, 1e-45]) }],
      ['step', { dtype: 'int32', shape: [], values: new Int32Array([120]) }],
    ]),
  };
  const place = await store.save(checkpoint);
  assert.equal(place, path.join(directory, 'step-00000120'));
  assert.deepEqual(await store.load(), checkpoint);
  assert.deepEqual(await new CheckpointStore(directory).load(120), checkpoint);
  assert.deepEqual(await store.list(), [{ step: 120, score: 0.875, path: place }]);
});

test('sha256sum agrees with the sums', async (t) => {
  const { directory } = await storeWith(t, [1]);
  const cwd = path.join(directory, 'step-00000001');
  assert.deepEqual(fs.readdirSync(cwd).sort(), ['SHA256SUMS', 'checkpoint.json', 'state.safetensors']);
  const said = execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd, encoding: 'utf8' });
  assert.equal(said, 'state.safetensors: OK\ncheckpoint.json: OK\n');
});

test('the newest ones stay, and the first of the best', async (t) => {
  const { store } = await storeWith(t, [], 2);
  const scores = [0.5, 0.7, 0.7, Number.NaN, undefined, 0.6];
  for (const [i, score] of scores.entries()) await store.save({ ...checkpointOf(i + 1), score });
  assert.deepEqual(
    (await store.list()).map(({ step, score }) => [step, score]),
    [
      [2, 0.7],
      [5, undefined],
      [6, 0.6],
    ],
  );
});

test('steps beyond eight digits are still in order', async (t) => {
  const { store } = await storeWith(t, [99_999_999, 100_000_000, 0], 2);
  assert.deepEqual(await steps(store), [0, 99_999_999, 100_000_000]);
  assert.equal((await store.load()).step, 100_000_000);
});

test('the one just saved stays, for it is known to be whole, though newer ones are there', async (t) => {
  const { store, directory } = await storeWith(t, [100, 120], 1);
  fs.truncateSync(path.join(directory, 'step-00000120', 'state.safetensors'));
  await store.save({ ...checkpointOf(110), score: -1000 });
  assert.equal((await store.loadNewestGood()).checkpoint.step, 110);
});

test('what is not readable as a checkpoint, or holds other files, is never removed', async (t) => {
  const { directory } = await storeWith(t, [1, 2, 3, 4]);
  rewriteCard(path.join(directory, 'step-00000001'), { format: 2 });
  fs.appendFileSync(path.join(directory, 'step-00000002', 'checkpoint.json'), ' ');
  fs.writeFileSync(path.join(directory, 'step-00000003', 'notes.txt'), 'mine');
  fs.mkdirSync(path.join(directory, 'step-5'));
  const small = new CheckpointStore(directory, { keep: 1 });
  for (const step of [6, 7]) await small.save(checkpointOf(step, 0.002));
  await small.save({ ...checkpointOf(8), score: 1 });
  assert.deepEqual(await steps(small), [1, 2, 3, 8]);
  assert.ok(fs.existsSync(path.join(directory, 'step-5')));
});

test('when an older one cannot be removed, the message says that the new one is saved', async (t) => {
  const { store, directory } = await storeWith(t, [3, 2], 1);
  const { rename } = fsPromises;
  t.mock.method(fsPromises, 'rename', (from: string, to: string) =>
    path.basename(from) === 'step-00000002'
      ? Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' }))
      : rename(from, to),
  );
  await assert.rejects(store.save({ ...checkpointOf(4), score: 1 }), {
    name: 'CheckpointError',
    message:
      `cannot remove ${directory}/step-00000002; it is one more than to keep: this user may not write there; ` +
      'choose another directory; delete it by hand; step-00000004 is saved',
  });
  assert.deepEqual(await steps(store), [2, 3, 4]);
  assert.equal((await store.load()).step, 4);
});

test('a step that is saved again is replaced, unless other files are there', async (t) => {
  const { store, directory } = await storeWith(t, [1]);
  await store.save({ ...checkpointOf(1), meta: { second: true } });
  assert.deepEqual((await store.load(1)).meta, { second: true });
  const place = path.join(directory, 'step-00000001');
  fs.writeFileSync(path.join(place, 'notes.txt'), 'mine');
  await assert.rejects(store.save(checkpointOf(1)), {
    name: 'CheckpointError',
    message: `cannot save ${place}; other files than a checkpoint are in its place; move them away`,
  });
  assert.deepEqual((await store.load(1)).meta, { second: true });
  assert.deepEqual(fs.readdirSync(directory), ['step-00000001']);
});

test('a checkpoint moved aside for its replacement by a killed process is there', async (t) => {
  const { store, directory } = await storeWith(t, [1, 2]);
  const uuid = '01234567-89ab-cdef-0123-456789abcdef';
  fs.renameSync(path.join(directory, 'step-00000002'), path.join(directory, `step-00000002.${uuid}.old`));
  assert.equal((await store.load()).step, 2);
  await store.save(checkpointOf(3));
  assert.deepEqual(fs.readdirSync(directory).sort(), ['step-00000001', 'step-00000002', 'step-00000003']);
});

test('saves that are asked for at once run one after another, and a failed one stops no other', async (t) => {
  const { store, directory } = await storeWith(t, []);
  fs.mkdirSync(path.join(directory, 'step-00000002', 'notes'), { recursive: true });
  const saves = [1, 2, 3, 4].map((step) => store.save(checkpointOf(step, 0.1)));
  const ends = await Promise.allSettled(saves);
  assert.deepEqual(
    ends.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
  for (const step of [1, 3, 4]) assert.deepEqual(await store.load(step), checkpointOf(step, 0.1));
});

test('a damaged, newer or foreign checkpoint is refused by name with what to do, and the next good one is taken', async (t) => {
  const { store, directory } = await storeWith(t, [1, 2, 3, 4, 5, 6, 7]);
  const place = (step: number, ...names: string[]) => path.join(directory, `step-0000000${step}`, ...names);
  const replaceIn = (file: string, from: string, to: string) =>
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(from, to));
  replaceIn(place(2, 'checkpoint.json'), '"step"', '"Step"');
  fs.truncateSync(place(3, 'state.safetensors'), 100);
  replaceIn(place(4, 'SHA256SUMS'), 'state', 'State');
  fs.rmSync(place(5, 'SHA256SUMS'));
  rewriteCard(place(6), { format: 2, step: 6 });
  rewriteCard(place(7), { name: 'of something else' });
  fs.cpSync(place(1), place(8), { recursive: true });
  fs.writeFileSync(place(9), 'a file');

  const reasons: [step: number, why: string, remedy: string][] = [
    [9, 'it is not a checkpoint (SHA256SUMS is missing)', 'move it away'],
    [8, 'it is misnamed: checkpoint.json says step 1', 'give it its name back'],
    [7, "it is not a checkpoint (checkpoint.json is another program's)", 'move it away'],
    [6, 'it has format 2, and this resnet-lab reads up to 1', 'update resnet-lab'],
    [5, 'it is not a checkpoint (SHA256SUMS is missing)', 'move it away'],
    [4, 'SHA256SUMS is damaged (it does not list state.safetensors)', 'delete it'],
    [3, 'state.safetensors is damaged (its sha256 differs from SHA256SUMS)', 'delete it'],
    [2, 'checkpoint.json is damaged (its sha256 differs from SHA256SUMS)', 'delete it'],
  ];
  const messages = reasons.map(
    ([step, why, remedy]) =>
      `cannot resume from ${place(step)}; ${why}; resume from step-00000001, the newest good one, or ${remedy}`,
  );
  const { checkpoint, passedOver } = await store.loadNewestGood();
  assert.deepEqual(checkpoint, checkpointOf(1));
  assert.deepEqual(passedOver, messages);
  for (const [i, [step]] of reasons.entries()) {
    await assert.rejects(store.load(step), { name: 'CheckpointError', message: messages[i] });
  }
  await assert.rejects(store.load(), { message: messages[0] });

  fs.rmSync(place(1), { recursive: true });
  for (const step of [9, 8, 7, 6, 5, 4]) fs.rmSync(place(step), { recursive: true });
  await assert.rejects(store.loadNewestGood(), {
    name: 'CheckpointError',
    message: `cannot resume from ${place(3)}; ${reasons[6][1]}; delete it`,
  });
});

test('a checkpoint that belongs to another model is refused in the words of who refuses it', async (t) => {
  const { store, directory } = await storeWith(t, [1, 2, 3]);
  const accept = ({ epoch }: Checkpoint['meta']) => {
    if (epoch !== 0.5) throw new TypeError(`it is of epoch ${epoch}; choose another run`);
  };
  const place = path.join(directory, 'step-00000003');
  await assert.rejects(
    store.load(3, () => accept({})),
    { message: `cannot resume from ${place}; it is of epoch undefined; choose another run` },
  );
  const message = `cannot resume from ${place}; it is of epoch 1.5; choose another run; resume from step-00000001, the newest good one`;
  await assert.rejects(store.load(undefined, accept), { name: 'CheckpointError', message });
  const { checkpoint, passedOver } = await store.loadNewestGood(accept);
  assert.equal(checkpoint.step, 1);
  assert.equal(passedOver[0], message);
  assert.equal((await store.load(1, async (meta) => accept(meta))).step, 1);
});

test('no truncation, no flipped bit and no missing file of a checkpoint goes unnoticed', async (t) => {
  const { store, directory } = await storeWith(t, [1]);
  const place = path.join(directory, 'step-00000001');
  await store.save({ ...checkpointOf(1), tensors: new Map([...checkpointOf(1).tensors].slice(1)) });
  for (const name of fs.readdirSync(place)) {
    const file = path.join(place, name);
    const whole = fs.readFileSync(file);
    const refused = (what: string) =>
      assert.rejects(store.load(), { name: 'CheckpointError' }, `${what} of ${name}`);
    for (let length = 0; length < whole.length; length++) {
      fs.writeFileSync(file, whole.subarray(0, length));
      await refused(`${length} bytes`);
    }
    for (let byte = 0; byte < whole.length; byte++) {
      const flipped = Buffer.from(whole);
      flipped[byte] ^= 1 << (byte % 8);
      fs.writeFileSync(file, flipped);
      await refused(`a flipped bit in byte ${byte}`);
    }
    fs.rmSync(file);
    await refused('nothing');
    fs.writeFileSync(file, whole);
  }
  assert.equal((await store.load()).step, 1);
});

test('where there is no checkpoint, the message says which ones there are', async (t) => {
  const { store, directory } = await storeWith(t, []);
  const none = `cannot resume from ${directory}; there is no checkpoint; train without resuming first`;
  assert.deepEqual(await store.list(), []);
  await assert.rejects(store.load(), { name: 'CheckpointError', message: none });
  await assert.rejects(store.loadNewestGood(), { name: 'CheckpointError', message: none });
  for (const step of [1, 2]) await store.save(checkpointOf(step));
  await assert.rejects(store.load(7), {
    message: `cannot resume from ${directory}/step-00000007; there is no checkpoint; resume from one of step-00000001, step-00000002`,
  });
});

test('what cannot be stored is refused before anything is written', async (t) => {
  const { store, directory } = await storeWith(t, []);
  for (const step of [-1, 0.5, Number.NaN, 2 ** 53]) {
    const message = `invalid step; not an integer of at least 0: ${step}`;
    await assert.rejects(store.save({ ...checkpointOf(1), step }), { name: 'RangeError', message });
  }
  const huge = { dtype: 'uint8' as const, shape: [2 ** 31], values: new Uint8Array(2 ** 31) };
  await assert.rejects(store.save({ ...checkpointOf(1), tensors: new Map([['w', huge]]) }), {
    name: 'RangeError',
    message: /^too much to save; at most 2147483647 bytes: 21474837\d\d$/,
  });
  assert.throws(() => new CheckpointStore(directory, { keep: 0 }), {
    name: 'RangeError',
    message: 'invalid keep; not a positive integer: 0',
  });
  assert.equal(fs.existsSync(directory), false);
});
