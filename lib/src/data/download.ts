import fs from 'node:fs/promises';
import path from 'node:path';
import { CIFAR_ARCHIVES, type CifarArchive } from './cifar-archives';
import { type FetchOptions, fetchToFile, sizeOf } from './fetch-to-file';
import { claimPart, type PartFile } from './part-file';
import { sha256Of } from './sha256';
import { incomplete, unpack } from './unpack';

export interface DownloadOptions extends Omit<FetchOptions, 'totalBytes'> {
  /** A mirror of the archive; default: upstream. What comes from it is checked like upstream's. */
  readonly url?: string;
}

const RESUMPTIONS = 5; // of one download whose connection keeps breaking after some progress

/**
 * Downloads a CIFAR set, checks the archive's sha256 and unpacks it into `directory`; does nothing when the set is there.
 *
 * A broken download goes on where it stopped, in this call or in a later one. Two at once do not disturb each other. Without
 * a network it fails at once.
 *
 * @returns the folder of the `.bin` files, `cifar-10-batches-bin` or `cifar-100-binary` in `directory`
 * @throws the signal's reason once it aborts
 * @throws Error that says what failed; a damaged archive is removed, a part of a good one is kept
 */
export function downloadCifar(
  which: 'cifar10' | 'cifar100',
  directory: string,
  options: DownloadOptions = {},
): Promise<string> {
  return downloadArchive(CIFAR_ARCHIVES[which], directory, options);
}

/** {@link downloadCifar} for any archive of that kind. */
export async function downloadArchive(
  archive: CifarArchive,
  directory: string,
  options: DownloadOptions = {},
): Promise<string> {
  const target = path.join(directory, archive.folder);
  const fault = await incomplete(target, archive);
  if (!fault) return target;
  if (await exists(target)) {
    throw new Error(
      `cannot download ${archive.set}; ${target} is there but not complete: ${fault}; move it away and run again`,
    );
  }
  const url = options.url ?? archive.url;
  let part: PartFile | undefined;
  try {
    await fs.mkdir(directory, { recursive: true });
    await checkFreeSpace(directory, archive);
    part = await claimPart(path.join(directory, path.posix.basename(new URL(url).pathname)));
    await fetchChecked(archive, url, part, options);
    await unpack(part.path, target, archive);
    await part.remove();
    return target;
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(
      `cannot download ${archive.set} from ${url}; ${message}; run again, or fetch it by hand (data/README.md)`,
      { cause: error },
    );
  } finally {
    await part?.release();
  }
}

/** A whole archive with the right checksum in `part`; one that was pieced together is given a second chance. */
async function fetchChecked(archive: CifarArchive, url: string, part: PartFile, options: DownloadOptions) {
  const resumed = (await sizeOf(part.path)) > 0;
  await fetchPatiently(archive, url, part, options);
  if ((await sha256Of(part.path)) === archive.sha256) return;
  await part.remove();
  if (resumed) {
    await fetchPatiently(archive, url, part, options);
    if ((await sha256Of(part.path)) === archive.sha256) return;
    await part.remove();
  }
  throw new Error(`the archive was damaged and is removed: its sha256 is not ${archive.sha256}`);
}

/** Goes on after a broken connection as long as every attempt brings something. */
async function fetchPatiently(archive: CifarArchive, url: string, part: PartFile, options: DownloadOptions) {
  for (let left = RESUMPTIONS; ; left--) {
    const before = await sizeOf(part.path);
    try {
      return await fetchToFile(url, part.path, { ...options, totalBytes: archive.bytes });
    } catch (error) {
      const stuck = left === 0 || (await sizeOf(part.path)) <= before;
      if (stuck || options.signal?.aborted) throw error;
    }
  }
}

/** The archive and what is unpacked from it lie side by side for a moment. */
async function checkFreeSpace(directory: string, archive: CifarArchive): Promise<void> {
  const unpacked = Object.values(archive.files).reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
  const needed = archive.bytes + unpacked;
  const { bavail, bsize } = await fs.statfs(directory);
  if (bavail * bsize < needed) {
    const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
    throw new Error(
      `${directory} has too little free disk: ${megabytes(needed)} needed, ${megabytes(bavail * bsize)} left`,
    );
  }
}

async function exists(name: string): Promise<boolean> {
  return (await fs.stat(name).catch(() => undefined)) !== undefined;
}
