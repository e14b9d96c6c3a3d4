import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { lockRun } from '../../lib/src/train/run-lock';
import { temporaryFolder } from '../temporary-folder';

const LOCK_MODULE = path.resolve(__dirname, '../../lib/src/train/run-lock.ts');

/** As in `without-koffi.ts`: what a process without its binary does. */
const WITHOUT_KOFFI = `const loader = require('node:module');
  const load = loader._load;
  loader._load = (request, ...rest) => {
    if (request === 'koffi') throw new Error('no koffi here');
    return load(request, ...rest);
  };`;

/** A process that locks the run, does `work`, and stays; `said` is its first line, or why it has not got the lock. */
async function holder(
  t: test.TestContext,
  directory: string,
  { before = '', work = "console.log('held')" }: { before?: string; work?: string } = {},
) {
  const script = `${before}
    const { lockRun } = require(${JSON.stringify(LOCK_MODULE)});
    lockRun(${JSON.stringify(directory)}).then(
      (lock) => { ${work}; setInterval(() => {}, 1000); },
      (error) => console.log(error.message),
    );`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const said = await new Promise<string>((resolve) =>
    child.stdout.once('data', (text) => resolve(String(text).trim())),
  );
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { pid: child.pid!, said, kill };
}

const refusal = (directory: string, pid: number) => ({
  name: 'Error',
  message: new RegExp(
    `^cannot write run ${directory}; one process at a time: process ${pid} on ${os.hostname()} has it since ` +
      '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z; wait for it, or choose another run',
  ),
});

for (const [how, before] of [
  ['by the kernel', ''],
  ['without koffi', WITHOUT_KOFFI],
]) {
  test(`two processes never have one run, ${how}, and a killed one gives it back`, async (t) => {
    const directory = path.join(temporaryFolder(t), 'run');
    const first = await holder(t, directory, { before });
    assert.equal(first.said, 'held');
    const second = await holder(t, directory, { before });
    assert.match(second.said, refusal(directory, first.pid).message);
    await first.kill();
    assert.equal((await holder(t, directory, { before })).said, 'held');
  });

  test(`a run is locked once in a process too, ${how}, until it is released`, async (t) => {
    const directory = temporaryFolder(t);
    const work = `const again = () =>
        lockRun(${JSON.stringify(directory)}).then((next) => next.release(), (error) => error.message);
      again().then((refused) => { lock.release(); lock.release(); again().then((end) => console.log(refused, end)); })`;
    const child = await holder(t, directory, { before, work });
    assert.match(child.said, refusal(directory, child.pid).message);
    assert.match(child.said, / undefined$/);
  });
}

test('the second one in this process is refused with its own name', async (t) => {
  const directory = temporaryFolder(t);
  const lock = await lockRun(directory);
  await assert.rejects(lockRun(directory), refusal(directory, process.pid));
  lock.release();
  (await lockRun(directory)).release();
});

test('a child that outlives the process does not keep its lock', async (t) => {
  const directory = temporaryFolder(t);
  const work = `const { pid } = require('child_process').spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    console.log(pid)`;
  const child = await holder(t, directory, { work });
  const orphan = Number(child.said);
  t.after(() => process.kill(orphan, 'SIGKILL'));
  await child.kill();
  process.kill(orphan, 0); // still there
  (await lockRun(directory)).release();
});

test('what an earlier process wrote into the file does not matter, nor does the clock', async (t) => {
  const directory = temporaryFolder(t);
  const future = { pid: process.ppid, host: os.hostname(), since: '2999-01-01T00:00:00.000Z', started: '1' };
  for (const text of ['', 'not JSON', JSON.stringify(future)]) {
    fs.writeFileSync(path.join(directory, 'lock'), text);
    (await lockRun(directory)).release();
    fs.writeFileSync(path.join(directory, 'lock'), text);
    const child = await holder(t, directory, { before: WITHOUT_KOFFI });
    assert.equal(child.said, 'held', 'without koffi: that process id now belongs to another process');
    await child.kill();
  }
});

test('without koffi a lock of another host is kept, and the message says how to end that', async (t) => {
  const directory = temporaryFolder(t);
  const file = path.join(directory, 'lock');
  const since = '2026-01-01T00:00:00.000Z';
  fs.writeFileSync(file, JSON.stringify({ pid: 7, host: 'elsewhere', since, started: '1' }));
  const child = await holder(t, directory, { before: WITHOUT_KOFFI });
  assert.equal(
    child.said,
    `cannot write run ${directory}; one process at a time: process 7 on elsewhere has it since ${since}; ` +
      `wait for it, or choose another run; or delete ${file} if that process is gone`,
  );
});
