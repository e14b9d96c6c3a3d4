import path from 'node:path';
import type { CheckpointCard } from './checkpoint-card';
import {
  type Accept,
  type Checkpoint,
  CheckpointFault,
  encodeCheckpoint,
  holdsOnlyCheckpoint,
  readCard,
  readCheckpoint,
} from './checkpoint-files';
import { placeDirectory, placedDirectories, removeDirectory, removeLeftovers } from './durable-directory';

export type { Accept, Checkpoint } from './checkpoint-files';

const DEFAULT_KEEP = 3;
const DIGITS = 8; // at least, so that names sort as steps do
const NAME = new RegExp(`^step-\\d{${DIGITS},16}$`);

/** A checkpoint that cannot be saved, removed or resumed from; the message names it and says what to do. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

export interface CheckpointEntry {
  readonly step: number;
  /** Undefined also where `checkpoint.json` cannot be read. */
  readonly score?: number;
  /** Of the checkpoint's directory. */
  readonly path: string;
}

export interface CheckpointStoreOptions {
  /** How many of the newest stay, beside the best; at least 1, 3 by default. */
  readonly keep?: number;
}

/**
 * Checkpoints of one run in a directory of theirs, each in `step-00000120/`. A process killed at any moment leaves every older
 * checkpoint whole, and the one that it was writing whole or not there; so does a power failure, where the disk keeps its word.
 *
 * Any process may list and load. One at a time may save: see `lockRun`.
 */
export class CheckpointStore {
  readonly #directory: string;
  readonly #keep: number;
  #lastSave: Promise<unknown> = Promise.resolve();

  /** @param directory made at the first save, with its parents */
  constructor(directory: string, { keep = DEFAULT_KEEP }: CheckpointStoreOptions = {}) {
    if (!Number.isSafeInteger(keep) || keep < 1) {
      throw new RangeError(`invalid keep; not a positive integer: ${keep}`);
    }
    this.#directory = path.resolve(directory);
    this.#keep = keep;
  }

  /**
   * Saves a checkpoint, in place of an older one of the same step, and returns its directory once it is safe on the disk. Until
   * then its arrays may not change. Afterwards older ones are removed, but for the newest `keep` and the best (of equal ones the
   * first); what cannot be read, and directories with other files in them, are left to their owner. Saves run one after another.
   *
   * @throws RangeError or TypeError for a step, metadata or tensors that cannot be stored; CheckpointError when writing fails: all
   *     older ones are as they were; also when an older one cannot be removed, which the message says
   */
  async save(checkpoint: Checkpoint): Promise<string> {
    const { step } = checkpoint;
    if (!Number.isSafeInteger(step) || step < 0) {
      throw new RangeError(`invalid step; not an integer of at least 0: ${step}`);
    }
    const target = path.join(this.#directory, nameOf(step));
    const fill = encodeCheckpoint(checkpoint);
    const saved = this.#lastSave.then(async () => {
      await this.#place(target, fill);
      await this.#prune(target);
    });
    this.#lastSave = saved.catch(() => {});
    await saved;
    return target;
  }

  /** All directories with a checkpoint's name, damaged ones too, in the order of their steps. */
  async list(): Promise<CheckpointEntry[]> {
    const found = await this.#find();
    return found.map(({ step, path, card }) =>
      card?.score === undefined ? { step, path } : { step, score: card.score, path },
    );
  }

  /**
   * Reads one checkpoint and checks it.
   *
   * @param step the newest by default
   * @throws CheckpointError when it is missing, damaged, of a newer format, another program's, or `accept` throws; it names the
   *     newest one that can be used instead
   */
  async load(step?: number, accept?: Accept): Promise<Checkpoint> {
    const entries = await this.#find();
    const wanted = step === undefined ? entries.at(-1) : entries.find((entry) => entry.step === step);
    if (wanted === undefined) throw this.#missing(step, entries);
    try {
      return await readCheckpoint(wanted.path, wanted.step, accept);
    } catch (fault) {
      const good = await newestGood(entries, accept);
      throw refusal(wanted, fault, good.checkpoint);
    }
  }

  /**
   * Reads the newest checkpoint that is whole and accepted.
   *
   * @returns `passedOver`: for each newer one why it was not taken, and what to do about it
   * @throws CheckpointError when there is none; it says what is wrong with the newest
   */
  async loadNewestGood(accept?: Accept): Promise<{ checkpoint: Checkpoint; passedOver: string[] }> {
    const entries = await this.#find();
    const { checkpoint, refused } = await newestGood(entries, accept);
    if (checkpoint === undefined) {
      const [newest] = refused;
      throw newest ? refusal(newest.entry, newest.fault) : this.#missing(undefined, entries);
    }
    const passedOver = refused.map(({ entry, fault }) => refusal(entry, fault, checkpoint).message);
    return { checkpoint, passedOver };
  }

  async #place(target: string, fill: (aside: string) => Promise<void>): Promise<void> {
    try {
      await removeLeftovers(this.#directory, NAME);
      const there = (await placedDirectories(this.#directory, NAME)).get(path.basename(target));
      if (there !== undefined && !(await holdsOnlyCheckpoint(there))) {
        throw new Error('other files than a checkpoint are in its place; move them away');
      }
      await placeDirectory(target, fill);
    } catch (error) {
      throw new CheckpointError(`cannot save ${target}; ${writingFault(error)}`, { cause: error });
    }
  }

  /** @param saved the directory that stays in any case: it is the one that is known to be whole */
  async #prune(saved: string): Promise<void> {
    const readable = (await this.#find()).filter(({ card }) => card !== undefined);
    const kept = new Set([
      saved,
      bestOf(readable)?.path,
      ...readable.slice(-this.#keep).map(({ path }) => path),
    ]);
    for (const { path: old } of readable) {
      if (kept.has(old)) continue;
      try {
        if (await holdsOnlyCheckpoint(old)) await removeDirectory(old);
      } catch (error) {
        const remedy = `delete it by hand; ${path.basename(saved)} is saved`;
        throw new CheckpointError(
          `cannot remove ${old}; it is one more than to keep: ${writingFault(error)}; ${remedy}`,
          { cause: error },
        );
      }
    }
  }

  async #find(): Promise<Found[]> {
    const directories = await placedDirectories(this.#directory, NAME);
    const found = [...directories].map(async ([name, path]) => {
      const step = Number(name.slice('step-'.length));
      return { name, step, path, card: await readCard(path, step).catch(() => undefined) };
    });
    return (await Promise.all(found)).sort((a, b) => a.step - b.step);
  }

  #missing(step: number | undefined, entries: readonly Found[]): CheckpointError {
    const place = step === undefined ? this.#directory : path.join(this.#directory, nameOf(step));
    const others = entries.map(({ name }) => name).join(', ');
    const remedy = others ? `resume from one of ${others}` : 'train without resuming first';
    return new CheckpointError(`cannot resume from ${place}; there is no checkpoint; ${remedy}`);
  }
}

interface Found {
  readonly name: string;
  readonly step: number;
  readonly path: string;
  /** Undefined where it cannot be read. */
  readonly card?: CheckpointCard;
}

function nameOf(step: number): string {
  return `step-${String(step).padStart(DIGITS, '0')}`;
}

function bestOf(entries: readonly Found[]): Found | undefined {
  const scoreOf = (entry?: Found) => entry?.card?.score ?? Number.NEGATIVE_INFINITY;
  return entries.reduce<Found | undefined>(
    (best, entry) => (scoreOf(entry) > scoreOf(best) ? entry : best),
    undefined,
  );
}

/** From the newest on, until one is good. */
async function newestGood(entries: readonly Found[], accept?: Accept) {
  const refused: { entry: Found; fault: unknown }[] = [];
  for (const entry of [...entries].reverse()) {
    try {
      return { checkpoint: await readCheckpoint(entry.path, entry.step, accept), refused };
    } catch (fault) {
      refused.push({ entry, fault });
    }
  }
  return { refused };
}

/** @param good what can be resumed from instead */
function refusal(entry: Found, fault: unknown, good?: Checkpoint): CheckpointError {
  if (!(fault instanceof CheckpointFault)) throw fault;
  const instead = good && `resume from ${nameOf(good.step)}, the newest good one`;
  const remedies = [instead, fault.remedy].filter(Boolean).join(', or ');
  const text = [`cannot resume from ${entry.path}`, fault.message, remedies].filter(Boolean).join('; ');
  return new CheckpointError(text, { cause: fault.cause ?? fault });
}

const WRITING_FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space, the older checkpoints are whole',
  EDQUOT: 'the quota of the disk is used up; free some space, the older checkpoints are whole',
  EFBIG: 'the file would be larger than this process may write; raise the limit (ulimit -f)',
  EROFS: 'the file system can only be read; choose another directory',
  EACCES: 'this user may not write there; choose another directory',
};

function writingFault(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return WRITING_FAULTS[code] ?? message;
}
