import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { DamagedArchive, openArchive } from '../../tools/setup/archive.mjs';
import { temporaryFolder } from '../temporary-folder';

const PYTHON = path.resolve(__dirname, '../../.venv/bin/python');
const FILES: Record<string, Buffer> = {
  'lib/large.bin': crypto.randomBytes(3_000_000), // more than is read at once
  'lib/small.txt': Buffer.from('TensorFlow '.repeat(1000)),
  'lib/empty': Buffer.alloc(0),
  'other.txt': Buffer.from('left in the archive'),
};

/** An archive as Python's own zipfile writes it, which is what wheels are made with. */
function archiveOf(folder: string): string {
  for (const [name, content] of Object.entries(FILES)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content);
  }
  const file = path.join(folder, 'made.whl');
  const { status, stderr } = spawnSync(PYTHON, ['-m', 'zipfile', '-c', file, 'lib', 'other.txt'], {
    cwd: folder,
  });
  assert.equal(status, 0, String(stderr));
  return file;
}

test('chosen files come out as they went in, whatever their size', async (t) => {
  const folder = temporaryFolder(t);
  const archive = openArchive(archiveOf(folder));
  let bytes = 0;
  await archive.extract(
    path.join(folder, 'out'),
    (name) => name.startsWith('lib/'),
    (done) => {
      bytes = done;
    },
  );
  assert.equal(archive.text('other.txt'), 'left in the archive');
  archive.close();
  for (const name of ['lib/large.bin', 'lib/small.txt', 'lib/empty']) {
    assert.ok(fs.readFileSync(path.join(folder, 'out', name)).equals(FILES[name]), name);
  }
  assert.equal(fs.existsSync(path.join(folder, 'out', 'other.txt')), false);
  assert.equal(bytes, 3_011_000);
});

test('an archive that was cut off is told by its missing end', (t) => {
  const file = archiveOf(temporaryFolder(t));
  fs.truncateSync(file, 1_000_000);
  const archive = openArchive(file);
  assert.throws(
    () => archive.contents(),
    new DamagedArchive('damaged archive; its end is missing: made.whl'),
  );
  archive.close();
});

test('an altered file in the archive is named, large or small', async (t) => {
  const folder = temporaryFolder(t);
  const file = archiveOf(folder);
  for (const name of ['lib/large.bin', 'lib/small.txt']) {
    const archive = openArchive(file);
    const { offset } = archive.contents().find((entry) => entry.name === name) ?? assert.fail(name);
    const handle = fs.openSync(file, 'r+');
    fs.writeSync(handle, Buffer.from('altered!'), 0, 8, offset + 60);
    fs.closeSync(handle);
    const extracted = archive.extract(
      path.join(folder, 'out'),
      (entry) => entry === name,
      () => {},
    );
    await assert.rejects(extracted, new DamagedArchive(`damaged archive; ${name}: made.whl`));
    archive.close();
  }
});
