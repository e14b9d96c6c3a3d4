import fs from 'node:fs/promises';
import path from 'node:path';
import * as tar from 'tar';
import type { CifarArchive } from './cifar-archives';

/**
 * Unpacks the needed files of an archive into `target`, which appears complete or not at all.
 *
 * Other entries are left out. One that points outside the archive's folder, or is neither file nor folder, makes the whole
 * archive refused.
 *
 * @throws Error when the archive is refused or lacks a file
 */
export async function unpack(file: string, target: string, archive: CifarArchive): Promise<void> {
  const aside = await fs.mkdtemp(path.join(path.dirname(target), '.unpacking-'));
  try {
    let refused: string | undefined;
    await tar.extract({
      file,
      cwd: aside,
      filter(entry, stat) {
        const type = 'type' in stat ? stat.type : undefined;
        if (!isHarmless(entry, type)) refused ??= entry;
        return refused === undefined && isNeeded(entry, archive);
      },
    });
    if (refused !== undefined) {
      throw new Error(`the archive has an entry that does not belong there: "${refused}"`);
    }
    const unpacked = path.join(aside, archive.folder);
    const fault = await incomplete(unpacked, archive);
    if (fault) throw new Error(`the archive is not the expected one: ${fault}`);
    await moveInto(target, unpacked, archive);
  } finally {
    await fs.rm(aside, { recursive: true, force: true });
  }
}

/** What `folder` lacks of the archive's files, in words; undefined when nothing. */
export async function incomplete(folder: string, archive: CifarArchive): Promise<string | undefined> {
  for (const [name, bytes] of Object.entries(archive.files)) {
    const found = await fs.stat(path.join(folder, name)).catch(() => undefined);
    if (!found?.isFile()) return `${name} is missing`;
    if (bytes !== undefined && found.size !== bytes) {
      return `${name} has ${found.size} bytes, expected ${bytes}`;
    }
  }
  return undefined;
}

function isHarmless(entry: string, type: string | undefined): boolean {
  const plain = type === 'File' || type === 'OldFile' || type === 'Directory';
  return plain && !path.isAbsolute(entry) && !entry.split(/[\\/]/).includes('..');
}

function isNeeded(entry: string, { folder, files }: CifarArchive): boolean {
  const [first, name, ...deeper] = entry.replace(/^\.\//, '').split('/');
  return first === folder && deeper.length === 0 && name !== undefined && Object.hasOwn(files, name);
}

async function moveInto(target: string, unpacked: string, archive: CifarArchive): Promise<void> {
  try {
    await fs.rename(unpacked, target);
  } catch (error) {
    if ((await incomplete(target, archive)) !== undefined) throw error; // else another download was first: just as good
  }
}
