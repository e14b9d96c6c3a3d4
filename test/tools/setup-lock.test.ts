import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { acquireLock } from '../../tools/setup/lock.mjs';
import { temporaryFolder } from '../temporary-folder';

const LOCK_MODULE = path.resolve(__dirname, '../../tools/setup/lock.mjs');

/** A process that takes the lock, runs `then`, and says so. */
function holder(file: string, then: string) {
  const script = `import(${JSON.stringify(LOCK_MODULE)}).then(async ({ acquireLock }) => {
    const lock = await acquireLock(${JSON.stringify(file)}, () => {}, 20);
    ${then}
  })`;
  return spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

const said = (child: { stdout: NodeJS.ReadableStream }): Promise<string> =>
  new Promise((resolve) => child.stdout.once('data', (data) => resolve(String(data).trim())));

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('a second set-up waits for the first, and is told whom it waits for', async (t) => {
  const file = path.join(temporaryFolder(t), 'setup.lock');
  const first = holder(file, `console.log('held'); setTimeout(() => lock.release(), 300);`);
  await said(first);
  const waited: number[] = [];
  const began = Date.now();
  const lock = await acquireLock(file, (pid) => waited.push(pid), 20);
  assert.deepEqual(waited, [first.pid]);
  assert.ok(Date.now() - began > 150);
  lock.release();
  assert.equal(fs.existsSync(file), false);
});

test('the lock of a killed set-up is taken over, and its left-over command is ended', async (t) => {
  const file = path.join(temporaryFolder(t), 'setup.lock');
  const killed = holder(
    file,
    `const child = require('child_process').spawn('sh', ['-c', 'sleep 60 & wait'], { detached: true }); lock.noteChild(child.pid); console.log(child.pid); setInterval(() => {}, 1000);`,
  );
  const leftover = Number(await said(killed));
  killed.kill('SIGKILL');
  await new Promise((resolve) => killed.once('exit', resolve));
  assert.ok(isAlive(leftover));
  const lock = await acquireLock(file, () => assert.fail('nobody to wait for'), 20);
  assert.equal(isAlive(leftover), false);
  lock.release();
});

test('a lock whose process id now belongs to another process is taken over', async (t) => {
  const file = path.join(temporaryFolder(t), 'setup.lock');
  fs.writeFileSync(file, JSON.stringify({ pid: process.ppid, started: '1' }));
  const lock = await acquireLock(file, () => assert.fail('nobody to wait for'), 20);
  lock.release();
});

test('of five that find a dead lock at once, one at a time holds it', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'setup.lock');
  fs.writeFileSync(file, '{"pid":4194305,"started":"1"}');
  const inside = path.join(folder, 'inside');
  const work = `const fs = require('fs');
    fs.writeFileSync(${JSON.stringify(inside)}, '', { flag: 'wx' });
    setTimeout(() => { fs.rmSync(${JSON.stringify(inside)}); lock.release(); }, 40);`;
  const ends = Array.from({ length: 5 }, () => holder(file, work)).map(
    (child) => new Promise<number | null>((resolve) => child.once('exit', resolve)),
  );
  assert.deepEqual(await Promise.all(ends), [0, 0, 0, 0, 0]);
});

test('a killed set-up that nobody waited for counts as dead', async (t) => {
  const file = path.join(temporaryFolder(t), 'setup.lock');
  // the shell starts the holder, becomes a program that never waits for it, and so leaves a zombie
  const script = `"$NODE" -e "$SCRIPT" & exec sleep 30`;
  const SCRIPT = `import(${JSON.stringify(LOCK_MODULE)}).then(async ({ acquireLock }) => {
    await acquireLock(${JSON.stringify(file)}, () => {});
    console.log('held ' + process.pid); setInterval(() => {}, 1000);
  })`;
  const parent = spawn('sh', ['-c', script], {
    env: { ...process.env, SCRIPT, NODE: process.execPath },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => parent.kill('SIGKILL'));
  const pid = Number((await said(parent)).split(' ')[1]);
  process.kill(pid, 'SIGKILL');
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(fs.existsSync(`/proc/${pid}`), 'it is still there as a zombie');
  const lock = await acquireLock(file, () => assert.fail('nobody to wait for'), 20);
  lock.release();
});
