import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import {
  placeDirectory,
  placedDirectories,
  removeDirectory,
  removeLeftovers,
  writeDurably,
} from '../../lib/src/train/durable-directory';
import { temporaryFolder } from '../temporary-folder';

const UUID = '01234567-89ab-cdef-0123-456789abcdef';
const OURS = /^item-\d$/;

const place = (target: string, text: string) =>
  placeDirectory(target, async (aside) => {
    await writeDurably(path.join(aside, 'text'), [Buffer.from(text)]);
  });
const textOf = (directory: string) => fs.readFileSync(path.join(directory, 'text'), 'utf8');

/** What is synced and renamed during `run`, in order, by names without their uuids. */
async function operations(t: test.TestContext, run: () => Promise<void>): Promise<string[]> {
  const seen: string[] = [];
  const short = (file: unknown) => path.basename(String(file)).replace(/[\da-f-]{36}/, '*');
  const handle = await fsPromises.open(__filename);
  await handle.close();
  const prototype: fsPromises.FileHandle = Object.getPrototypeOf(handle);
  const { sync } = prototype;
  t.mock.method(prototype, 'sync', function (this: fsPromises.FileHandle) {
    seen.push(`sync ${short(fs.readlinkSync(`/proc/self/fd/${this.fd}`))}`);
    return sync.call(this);
  });
  const { rename } = fsPromises;
  t.mock.method(fsPromises, 'rename', async (from: string, to: string) => {
    await rename(from, to);
    seen.push(`rename ${short(from)} ${short(to)}`);
  });
  await run();
  t.mock.restoreAll();
  return seen;
}

test('files, their directory and its name are on the disk, in this order, before a directory counts as placed', async (t) => {
  const parent = path.join(temporaryFolder(t), 'new', 'parent');
  const seen = await operations(t, () => place(path.join(parent, 'item-1'), 'a'));
  assert.deepEqual(seen, [
    'sync new', // now holds parent
    `sync ${path.basename(path.dirname(path.dirname(parent)))}`, // now holds new
    'sync text',
    'sync item-1.*.tmp',
    'rename item-1.*.tmp item-1',
    'sync parent',
  ]);
});

test('a replaced directory is removed only when the new one is safe', async (t) => {
  const target = path.join(temporaryFolder(t), 'item-1');
  await place(target, 'old');
  const seen = await operations(t, () => place(target, 'new'));
  assert.deepEqual(seen.slice(2), [
    'rename item-1 item-1.*.old',
    'rename item-1.*.tmp item-1',
    `sync ${path.basename(path.dirname(target))}`,
    'rename item-1.*.old item-1.*.tmp',
  ]);
  assert.equal(textOf(target), 'new');
  assert.deepEqual(fs.readdirSync(path.dirname(target)), ['item-1']);
});

test('a file is written whole, with its sha256 as the answer, and never over another', async (t) => {
  const file = path.join(temporaryFolder(t), 'file');
  const chunks = [Buffer.alloc(3_000_000, 'x'), Buffer.alloc(0), Buffer.from('end')];
  const sum = await writeDurably(file, chunks);
  assert.ok(fs.readFileSync(file).equals(Buffer.concat(chunks)));
  assert.equal(sum, createHash('sha256').update(Buffer.concat(chunks)).digest('hex'));
  await assert.rejects(writeDurably(file, []), { code: 'EEXIST' });
});

test('when filling or placing fails, what was there stays and nothing beside it', async (t) => {
  const parent = temporaryFolder(t);
  const target = path.join(parent, 'item-1');
  await place(target, 'old');
  await assert.rejects(
    placeDirectory(target, async (aside) => {
      await writeDurably(path.join(aside, 'text'), [Buffer.from('new')]);
      throw new Error('no more');
    }),
    /^Error: no more$/,
  );
  const { rename } = fsPromises;
  t.mock.method(fsPromises, 'rename', (from: string, to: string) =>
    from.endsWith('.tmp') ? Promise.reject(new Error('no renaming')) : rename(from, to),
  );
  await assert.rejects(place(target, 'new'), /^Error: no renaming$/);
  t.mock.restoreAll();
  assert.deepEqual(fs.readdirSync(parent), ['item-1']);
  assert.equal(textOf(target), 'old');
});

test('a process killed in the middle of a replacement leaves the older one, which stands in', async (t) => {
  const parent = temporaryFolder(t);
  const old = path.join(parent, `item-1.${UUID}.old`);
  await place(path.join(parent, 'item-1'), 'old');
  fs.renameSync(path.join(parent, 'item-1'), old);
  fs.mkdirSync(path.join(parent, `item-1.${UUID}.tmp`));
  assert.deepEqual([...(await placedDirectories(parent, OURS))], [['item-1', old]]);
  await removeLeftovers(parent, OURS);
  assert.deepEqual(fs.readdirSync(parent), ['item-1']);
  assert.equal(textOf(path.join(parent, 'item-1')), 'old');

  await place(old, 'older'); // killed one moment later: both are there
  assert.equal((await placedDirectories(parent, OURS)).get('item-1'), path.join(parent, 'item-1'));
  await removeLeftovers(parent, OURS);
  assert.deepEqual(fs.readdirSync(parent), ['item-1']);
  assert.equal(textOf(path.join(parent, 'item-1')), 'old');
});

test('only leftovers with our names are removed', async (t) => {
  const parent = temporaryFolder(t);
  const kept = ['item-1', `item-12.${UUID}.tmp`, 'item-1.tmp', `item-1.${UUID}.bak`, `notes.${UUID}.tmp`];
  for (const name of [...kept, `item-2.${UUID}.tmp`]) fs.mkdirSync(path.join(parent, name));
  await removeLeftovers(parent, OURS);
  assert.deepEqual(fs.readdirSync(parent).sort(), kept.sort());
  assert.deepEqual([...(await placedDirectories(parent, OURS)).keys()], ['item-1']);
  await removeLeftovers(path.join(parent, 'not there'), OURS);
});

test('a directory that is removed goes by one renaming', async (t) => {
  const target = path.join(temporaryFolder(t), 'item-1');
  await place(target, 'a');
  assert.deepEqual(await operations(t, () => removeDirectory(target)), ['rename item-1 item-1.*.tmp']);
  assert.deepEqual(fs.readdirSync(path.dirname(target)), []);
});
