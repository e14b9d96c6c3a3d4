import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kernel, startKernel } from '../../tools/run-notebooks/kernel';
import { decode, encode, request } from '../../tools/run-notebooks/protocol/wire';
import { plant } from './planted-notebooks';

let kernel: Kernel;

before(async () => {
  kernel = await startKernel({ cwd: os.tmpdir() });
});

after(() => kernel.kill());

test('a message comes back as it was sent, and a wrong key is refused', () => {
  const message = request('execute_request', 'session', { code: 'größer' });
  const frames = encode(message, 'key').map((frame) => Buffer.from(frame));
  assert.deepEqual(decode([Buffer.from('identity'), ...frames], 'key'), message);
  assert.throws(() => decode(frames, 'other'), {
    message: "cannot read a kernel's message; its signature is not that of this connection's key",
  });
  assert.throws(() => decode(frames.slice(1), 'key'), /not a Jupyter message of 5 frames/);
});

test('what a cell prints comes as one output for each run of the same stream', async () => {
  const { outputs, failure, executionCount } = await kernel.execute(
    'console.log(1); console.log(2); console.error("three"); console.log(4); 5',
  );
  assert.equal(failure, undefined);
  assert.equal(executionCount, 1);
  assert.deepEqual(outputs, [
    { output_type: 'stream', name: 'stdout', text: '1\n2\n' },
    { output_type: 'stream', name: 'stderr', text: 'three\n' },
    { output_type: 'stream', name: 'stdout', text: '4\n5\n' },
  ]);
});

test('a display with an id is updated in place, also from a later cell', async () => {
  const show = `
    import { createRequire } from 'node:module';
    const file = Object.keys(require.cache).find((name) => name.endsWith('tslab/dist/jupyter.js'))!;
    const show = (text: string, update: boolean) => require.cache[file]!.exports.lastWriteDisplayData(
      { data: { 'text/plain': text }, metadata: {}, transient: { display_id: 'bar' } }, update);`;
  const first = await kernel.execute(
    `${show}\nshow('0 %', false); console.log('between'); show('50 %', true);`,
  );
  const expected = (text: string) => [
    { output_type: 'display_data', data: { 'text/plain': text }, metadata: {} },
    { output_type: 'stream', name: 'stdout', text: 'between\n' },
  ];
  assert.deepEqual(first.outputs, expected('50 %'));
  const second = await kernel.execute(`show('100 %', true);`);
  assert.deepEqual(second.outputs, []);
  assert.deepEqual(first.outputs, expected('100 %'));
});

test('an unhandled rejection fails the cell in which it shows, a handled one does not', async () => {
  const lost = await kernel.execute(`Promise.reject(new RangeError('lost')); 1`);
  assert.deepEqual(lost.failure, { kind: 'unhandled rejection', message: 'RangeError: lost' });
  const caught = await kernel.execute(`Promise.reject(new RangeError('caught')).catch(() => {}); 1`);
  assert.equal(caught.failure, undefined);
});

test('text like that of a rejection on stderr is no failure', async () => {
  const { failure } = await kernel.execute(`console.error('UnhandledPromiseRejection: Error: only said');`);
  assert.equal(failure, undefined);
});

test('an exception in a callback fails the cell during which it is thrown', async () => {
  const { failure } = await kernel.execute(
    `setTimeout(() => { throw new Error('late'); }, 10); await new Promise((done) => setTimeout(done, 60));`,
  );
  assert.deepEqual(failure, { kind: 'uncaught exception', message: 'Error: late' });
});

test('a cell that fails is followed by the next one', async () => {
  const failed = await kernel.execute(`throw new TypeError('wrong');`);
  assert.deepEqual(failed.failure, { kind: 'thrown', message: 'TypeError: wrong' });
  const { outputs } = await kernel.execute(`console.log('next')`);
  assert.deepEqual(outputs, [{ output_type: 'stream', name: 'stdout', text: 'next\n' }]);
});

test('an interrupt ends a running cell and leaves the kernel alive', async (t) => {
  const { folder } = plant(t, {});
  const begun = path.join(folder, 'begun');
  const running = kernel.execute(
    `import fs from 'node:fs'; fs.writeFileSync(${JSON.stringify(begun)}, ''); while (true) {}`,
    { timeoutMs: 60_000 },
  );
  while (!fs.existsSync(begun)) await sleep(20); // an interrupt before the cell begins would be lost
  kernel.interrupt();
  assert.match((await running).failure!.message, /interrupted by `SIGINT`/);
  assert.equal((await kernel.execute('1')).failure, undefined);
});

test('what goes wrong after the last cell is told at the shutdown, which leaves no process and no file', async () => {
  const other = await startKernel({ cwd: os.tmpdir() });
  const folder = connectionFolder(other.pid);
  await other.execute(`setTimeout(() => Promise.reject(new Error('afterwards')), 200); 1`);
  assert.equal((await other.shutdown())?.message.split('\n')[0], 'Error: afterwards');
  assert.throws(() => process.kill(other.pid, 0), { code: 'ESRCH' });
  assert.equal(fs.existsSync(folder), false);
});

test('a kernel that cannot start says why', async () => {
  const env = { ...process.env, NODE_OPTIONS: '--require=./no-such-file.cjs' };
  await assert.rejects(startKernel({ cwd: os.tmpdir(), env }), (error: Error) => {
    assert.match(error.message, /^cannot start the tslab kernel; the kernel ended with exit code 1/);
    assert.match(error.message, /no-such-file\.cjs/);
    return true;
  });
});

test('a kernel whose process the system does not start says why, and leaves no folder', async () => {
  const folders = () => fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('run-notebooks-'));
  const before = folders();
  await assert.rejects(startKernel({ cwd: '/no/such/folder' }), (error: Error) => {
    assert.match(
      error.message,
      /^cannot start the tslab kernel; its process could not be started\nspawn .* ENOENT$/,
    );
    return true;
  });
  assert.deepEqual(
    folders().filter((name) => !before.includes(name)),
    [],
  );
});

function connectionFolder(pid: number): string {
  const argument = fs
    .readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    .split('\0')
    .find((part) => part.endsWith('connection.json'));
  return argument!.replace('/connection.json', '');
}
