import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';

const ATTEMPTS = 5; // more than two processes hardly ever write the same directory at the same moment

/**
 * Writes a directory as a whole: `write` fills a fresh one aside, which then takes the place of `directory`. Whoever reads
 * `directory` finds the old files or the new ones, never a mixture; when `write` fails, the old ones stay.
 *
 * @param owned the only file names that an existing directory may hold, since all it holds goes with it
 * @throws Error when `directory` is a file, or holds anything else
 */
export async function replaceDirectory(
  directory: string,
  owned: readonly string[],
  write: (aside: string) => Promise<void>,
): Promise<void> {
  const target = await fs.realpath(directory).catch(() => path.resolve(directory)); // through a link, not over it
  await refuseForeign(target, owned);
  const aside = `${target}.${randomUUID()}.tmp`;
  await fs.mkdir(aside, { recursive: true });
  try {
    await write(aside);
    await swap(aside, target);
  } finally {
    await fs.rm(aside, { recursive: true, force: true });
  }
}

async function refuseForeign(target: string, owned: readonly string[]): Promise<void> {
  const names = await fs.readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') {
      throw new Error(`cannot write ${target}; it must be a directory: it is a file; choose another name`);
    }
    throw error;
  });
  const foreign = names.filter((name) => !owned.includes(name));
  if (foreign.length > 0) {
    throw new Error(
      `cannot write ${target}; it may hold only ${owned.join(', ')}, for it is replaced as a whole: ` +
        `it holds ${foreign.slice(0, 3).join(', ')}; choose a directory of its own`,
    );
  }
}

/** Moves the old directory out of the way and the new one in; undoes the first when the second fails. */
async function swap(aside: string, target: string): Promise<void> {
  const old = `${target}.${randomUUID()}.tmp`;
  for (let attempt = 1; ; attempt++) {
    const moved = await fs.rename(target, old).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
    try {
      await fs.rename(aside, target);
      if (moved) await fs.rm(old, { recursive: true, force: true });
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const overtaken = code === 'ENOTEMPTY' || code === 'EEXIST'; // another process put its own in just now
      if (moved && overtaken) await fs.rm(old, { recursive: true, force: true });
      if (moved && !overtaken) await fs.rename(old, target);
      if (!overtaken || attempt === ATTEMPTS) throw error;
    }
  }
}
