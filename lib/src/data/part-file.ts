import crypto from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { sizeOf } from './fetch-to-file';

/** A file that is being downloaded, by this process alone. */
export interface PartFile {
  readonly path: string;
  /** Leaves what has arrived to the next download. */
  release(): Promise<void>;
  remove(): Promise<void>;
}

const ABANDONED_AFTER = 10 * 60_000; // milliseconds without a write; a transfer that stands still is given up far earlier

/**
 * Takes over what an earlier download of `final` left behind, or names a file to start with.
 *
 * Between downloads it lies in `<final>.part`. While one runs it has a name of its own, so that two downloads at once
 * never write to the same file: renaming is atomic, one of them goes on with the part and the other starts afresh.
 */
export async function claimPart(final: string): Promise<PartFile> {
  const shared = `${final}.part`;
  const own = `${shared}-${process.pid}-${crypto.randomBytes(4).toString('hex')}@${os.hostname()}`;
  for (const candidate of [shared, ...(await abandonedParts(shared))]) {
    if (await moved(candidate, own)) break;
  }
  return {
    path: own,
    async release() {
      if ((await sizeOf(own)) > (await sizeOf(shared))) await moved(own, shared);
      else await fs.rm(own, { force: true });
    },
    async remove() {
      await fs.rm(own, { force: true });
    },
  };
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await fs.rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false; // gone: another download has it
    throw error;
  }
}

/** Parts whose process was killed before it could hand them on. Of one on another host only its silence tells. */
async function abandonedParts(shared: string): Promise<string[]> {
  const folder = path.dirname(shared);
  const prefix = `${path.basename(shared)}-`;
  const found: string[] = [];
  for (const name of await fs.readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const file = path.join(folder, name);
    const pid = Number.parseInt(name.slice(prefix.length), 10);
    const isGone = name.endsWith(`@${os.hostname()}`) && !isRunning(pid);
    if (isGone || (await isQuiet(file))) found.push(file);
  }
  return found;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0); // sends nothing
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isQuiet(file: string): Promise<boolean> {
  try {
    return Date.now() - (await fs.stat(file)).mtimeMs > ABANDONED_AFTER;
  } catch {
    return false;
  }
}
