/**
 * Directories that are there as a whole or not at all, whatever kills the process, and that a power failure does not undo.
 *
 * A directory is filled under another name beside its place, `<name>.<uuid>.tmp`, all its files are on the disk before it is
 * renamed, and the renaming is on the disk before the call returns. One process at a time may write: a lock is the caller's.
 */
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';

/** `.tmp`: unfinished, or on its way out. `.old`: whole, moved away for a newer one of the same name. */
const ASIDE = /^(.+)\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.(tmp|old)$/;

/** Writes a new file to the disk, and returns its sha256 in hexadecimal digits. */
export async function writeDurably(file: string, chunks: readonly Uint8Array[]): Promise<string> {
  const hash = createHash('sha256');
  const handle = await fs.open(file, 'wx');
  try {
    for (const chunk of chunks) hash.update(chunk);
    await fs.writeFile(handle, chunks);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

/** Writes a file beside its place and puts it there: whoever reads it, after a crash too, finds the old one or the new one. */
export async function replaceFile(file: string, chunks: readonly Uint8Array[]): Promise<void> {
  const aside = `${file}.${randomUUID()}.tmp`;
  try {
    await writeDurably(aside, chunks);
    await fs.rename(aside, file);
    await syncDirectory(path.dirname(file));
  } catch (error) {
    await fs.rm(aside, { force: true });
    throw error;
  }
}

/**
 * Puts a directory in its place, filled by `fill`, which writes with {@link writeDurably}. One that is there already is replaced.
 * When anything fails, what was there stays, and nothing beside it.
 */
export async function placeDirectory(target: string, fill: (aside: string) => Promise<void>): Promise<void> {
  const parent = path.dirname(target);
  await makeDirectory(parent);
  const aside = asideOf(target, 'tmp');
  try {
    await fs.mkdir(aside);
    await fill(aside);
    await syncDirectory(aside);
    const old = await moveAway(target);
    await fs.rename(aside, target).catch(async (error) => {
      if (old) await fs.rename(old, target);
      throw error;
    });
    await syncDirectory(parent);
    if (old) await removeDirectory(old);
  } catch (error) {
    await fs.rm(aside, { recursive: true, force: true }).catch(() => {}); // what stopped the writing is what to tell
    throw error;
  }
}

/** Removes a directory; a process killed meanwhile leaves no part of it under its name. */
export async function removeDirectory(target: string): Promise<void> {
  const aside = asideOf(target, 'tmp');
  await fs.rename(target, aside);
  await fs.rm(aside, { recursive: true, force: true });
}

/**
 * What {@link placeDirectory} has put into `parent`: where each lies, by its name. That is under its name, unless the process was
 * killed between the two renamings of a replacement: then the older one stands in.
 *
 * @param pattern of the names wanted
 */
export async function placedDirectories(parent: string, pattern: RegExp): Promise<Map<string, string>> {
  const names = await namesIn(parent);
  const found = new Map<string, string>();
  for (const name of names) {
    const [, owner, kind] = ASIDE.exec(name) ?? [];
    if (kind === 'old' && pattern.test(owner)) found.set(owner, path.join(parent, name));
  }
  for (const name of names) if (pattern.test(name)) found.set(name, path.join(parent, name));
  return found;
}

/** Removes what killed processes left beside the directories whose names match, and ends their replacements. */
export async function removeLeftovers(parent: string, pattern: RegExp): Promise<void> {
  const names = await namesIn(parent);
  for (const name of names) {
    const [, owner, kind] = ASIDE.exec(name) ?? [];
    if (kind === undefined || !pattern.test(owner)) continue;
    const leftover = path.join(parent, name);
    if (kind === 'old' && !names.includes(owner)) await fs.rename(leftover, path.join(parent, owner));
    else await fs.rm(leftover, { recursive: true, force: true });
  }
}

function asideOf(target: string, kind: 'tmp' | 'old'): string {
  const [, owner = target] = ASIDE.exec(target) ?? [];
  return `${owner}.${randomUUID()}.${kind}`;
}

/** Where `target` went; undefined when it is not there. */
async function moveAway(target: string): Promise<string | undefined> {
  const old = asideOf(target, 'old');
  try {
    await fs.rename(target, old);
    return old;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function makeDirectory(directory: string): Promise<void> {
  const made = path.resolve(directory);
  const first = await fs.mkdir(made, { recursive: true });
  if (first === undefined) return;
  for (let name = made; name.length >= first.length; name = path.dirname(name)) {
    await syncDirectory(path.dirname(name));
  }
}

/** Brings the names in a directory to the disk, as a renaming leaves them. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs.open(directory, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // some file systems sync no directories (PostgreSQL's fsync_fname passes over the same two)
    if (!['EINVAL', 'EBADF'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await fs.readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
