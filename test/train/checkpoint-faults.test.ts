/** What happens to a run's checkpoints when the process is killed or the disk is full: done to real processes and disks. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { seededRandom } from '../../lib/src/data/random';
import { CheckpointStore } from '../../lib/src/train/checkpoint-store';
import { temporaryFolder } from '../temporary-folder';
import { checkpointOf } from './checkpoint-saver';

const SAVER = path.join(__dirname, 'checkpoint-saver.ts');
const MEGABYTES = 4; // takes some 20 ms to save
const KILLS = 30;
const LONGEST = 60; // milliseconds after the first words of the process

/** Runs the saver and kills it at a moment after its first words; returns the last step that it called saved. */
async function killedSaver(directory: string, milliseconds: number): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', SAVER, directory, String(MEGABYTES)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text) => {
    if (said === '') {
      const end = performance.now() + milliseconds;
      while (performance.now() < end); // a timer would hit whole milliseconds only
      child.kill('SIGKILL');
    }
    said += text;
  });
  await new Promise((resolve) => child.once('close', resolve));
  assert.equal(child.signalCode, 'SIGKILL');
  return Number(said.trim().split('\n').at(-1));
}

test('a process killed at any moment leaves the last checkpoint that it called saved, or the one after, whole', async (t) => {
  const directory = temporaryFolder(t);
  const random = seededRandom(9);
  let unfinished = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const saved = await killedSaver(directory, random() * LONGEST);
    const left = fs.readdirSync(directory);
    unfinished += left.filter((name) => name.endsWith('.tmp')).length;
    if (saved === 0 && !left.includes('step-00000001')) continue; // killed before the first was there
    const store = new CheckpointStore(directory);
    const { checkpoint, passedOver } = await store.loadNewestGood();
    assert.deepEqual(passedOver, []);
    assert.ok([saved, saved + 1].includes(checkpoint.step), `${checkpoint.step} after ${saved}`);
    assert.deepEqual(checkpoint, checkpointOf(checkpoint.step, MEGABYTES));
    for (const entry of await store.list()) assert.equal(entry.score, -entry.step);
  }
  assert.ok(unfinished > KILLS / 3, `${unfinished} of the kills came while something was written`);
  await new CheckpointStore(directory).save(checkpointOf(1000));
  const whole = fs.readdirSync(directory).every((name) => /^step-\d{8}$/.test(name));
  assert.ok(whole, 'the next save removes what they left');
});

/** The saves on a disk without room for the third: it fails, nothing of it is left, and both older ones are whole. */
async function assertFullDiskHarmless(directory: string, room: () => void): Promise<void> {
  const store = new CheckpointStore(directory);
  for (const step of [1, 2]) await store.save(checkpointOf(step, 0.6));
  await assert.rejects(store.save(checkpointOf(3, 2)), {
    name: 'CheckpointError',
    message: `cannot save ${directory}/step-00000003; the disk is full; free some space, the older checkpoints are whole`,
  });
  assert.deepEqual(fs.readdirSync(directory).sort(), ['step-00000001', 'step-00000002']);
  for (const step of [1, 2]) assert.deepEqual(await store.load(step), checkpointOf(step, 0.6));
  room();
  await store.save(checkpointOf(4, 0.3));
  assert.equal((await store.load()).step, 4);
}

test('a full disk stops a save, and leaves the older checkpoints as they were', async (t) => {
  const disk = temporaryFolder(t);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { encoding: 'utf8' });
  if (mounted.status !== 0)
    return t.skip(`no small disk can be mounted here: ${mounted.error ?? mounted.stderr}`);
  try {
    const other = path.join(disk, 'other');
    fs.writeFileSync(other, Buffer.alloc(500_000));
    await assertFullDiskHarmless(path.join(disk, 'checkpoints'), () => fs.rmSync(other));
  } finally {
    execFileSync('umount', [disk]);
  }
});

test('a limit on the size of files stops a save in the middle of a file, and leaves the older checkpoints', async (t) => {
  const directory = temporaryFolder(t);
  await new CheckpointStore(directory).save(checkpointOf(1));
  const command = 'ulimit -f 2000; exec "$0" --import tsx "$1" "$2" 4'; // blocks of 512 or 1,024 bytes: half of 4 MB at most
  const run = spawnSync('sh', ['-c', command, process.execPath, SAVER, directory], { encoding: 'utf8' });
  assert.match(
    run.stderr,
    /CheckpointError: cannot save .*step-00000002; the file would be larger than this process may write; raise the limit \(ulimit -f\)/,
  );
  assert.equal(run.stdout, '1\n');
  assert.deepEqual(fs.readdirSync(directory), ['step-00000001']);
  assert.deepEqual(await new CheckpointStore(directory).load(), checkpointOf(1));
});
