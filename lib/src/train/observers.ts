/** Those who look on while a model trains, such as plots and logs: each has a queue, so that none slows or breaks the training. */
import fs from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EpochRecord, TrainingRecord } from './records';

/** Looks on while a model trains; never slows or stops it. */
export interface Observer {
  /** As messages call it, e.g. `"plot"`. */
  readonly name: string;
  /** Gets every record, in order, the next one when this one is done with. What it throws is told and stops nothing. */
  onRecord(record: TrainingRecord): void | Promise<void>;
  /** Called before the first record of a training that goes on, with the epochs before. */
  onResume?(epochs: readonly EpochRecord[]): void | Promise<void>;
  /** Brings what it has seen so far to where it lasts, such as a file. */
  flush?(): void | Promise<void>;
  /** Called once, after the last record. */
  close?(): void | Promise<void>;
}

/**
 * Passes records on to observers, to each at its own pace: what a slow one has not seen yet waits in memory, for it alone.
 *
 * An observer that throws goes on getting records. Its first error is told at once, the number of its failures when all is over.
 */
export class Observers {
  readonly #queues: readonly Queue[];
  #closed: Promise<void> | undefined;

  /** @param onFailure gets a sentence such as `the observer "plot" failed; it goes on getting records: Error: no canvas` */
  constructor(observers: readonly Observer[], onFailure: (message: string) => void) {
    this.#queues = observers.map((observer) => new Queue(observer, onFailure));
  }

  /** Never throws, never waits. After `close` there is nobody left to get the record. */
  add(record: TrainingRecord): void {
    if (this.#closed) return;
    for (const queue of this.#queues) queue.add(record);
  }

  /** Tells them of the epochs before, in a training that goes on. Never throws, never waits. */
  resume(epochs: readonly EpochRecord[]): void {
    for (const queue of this.#queues) queue.resume(epochs);
  }

  /** Waits until each has had the records so far, and has flushed them. Never rejects. */
  async flush(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.flush()));
  }

  /** Waits until each has had all its records, closes each, and tells how often they failed. Never rejects. */
  close(): Promise<void> {
    this.#closed ??= Promise.all(this.#queues.map((queue) => queue.close())).then(() => {});
    return this.#closed;
  }
}

class Queue {
  #last: Promise<void> = Promise.resolve();
  #failures = 0;
  #first: unknown;

  constructor(
    readonly observer: Observer,
    readonly onFailure: (message: string) => void,
  ) {}

  add(record: TrainingRecord): void {
    this.#later(() => this.observer.onRecord(record));
  }

  resume(epochs: readonly EpochRecord[]): void {
    this.#later(() => this.observer.onResume?.(epochs));
  }

  async flush(): Promise<void> {
    await this.#last;
    await this.#guarded(() => this.observer.flush?.());
  }

  async close(): Promise<void> {
    await this.#last;
    try {
      await this.observer.close?.();
    } catch (error) {
      this.#tell('failed to close', error);
    }
    if (this.#failures === 0) return;
    const times = this.#failures === 1 ? 'once' : `${this.#failures} times`;
    this.#tell(`failed ${times} while the training went on; first`, this.#first);
  }

  /** In a later turn of the event loop: the training begins its next step first, and computes while the observer works. */
  #later(run: () => void | Promise<void>): void {
    this.#last = this.#last.then(() => nextTurn()).then(() => this.#guarded(run));
  }

  async #guarded(run: () => void | Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (this.#failures++ > 0) return;
      this.#first = error;
      this.#tell('failed; it goes on getting records', error);
    }
  }

  #tell(what: string, error: unknown): void {
    const message = `the observer "${this.observer.name}" ${what}`;
    try {
      this.onFailure(`${message}: ${error}`);
    } catch {
      process.emitWarning(message); // thrown on, it would end the process, and with it the training
    }
  }
}

/** A file that grows by the bytes of each record. */
export interface RecordFile {
  /** Makes the file ready to be appended to, when there is something to append. Returns its path. */
  open(): Promise<string>;
  /** The bytes of a record, undefined when it does not belong into this file. */
  encode(record: TrainingRecord): Uint8Array | undefined;
}

// What a kill of the process may lose at most.
const MAX_RECORDS = 100;
const MAX_SECONDS = 1; // of the training

/**
 * Writes records to the end of a file: the first at once, so that a wrong path shows at once, then many together: after a second of
 * training, 100 records or an epoch, and at the end. It takes one call at a time, as {@link Observers} makes them; after `close`
 * the next record opens a file anew.
 *
 * When writing fails, say on a full disk, nothing of it stays in the file, and all is tried again with the next record.
 */
export function fileObserver(name: string, { open, encode }: RecordFile): Observer {
  let file: string | undefined;
  let waiting: Uint8Array[] = [];
  let writtenAt = Number.NEGATIVE_INFINITY; // seconds of the training

  const write = async () => {
    if (waiting.length === 0) return;
    file ??= await open();
    await appendWhole(file, Buffer.concat(waiting));
    waiting = [];
  };

  return {
    name,
    async onRecord(record) {
      const bytes = encode(record);
      if (!bytes) return;
      waiting.push(bytes);
      if (record.kind === 'epoch' || waiting.length >= MAX_RECORDS) return write();
      if (record.seconds - writtenAt < MAX_SECONDS) return;
      await write();
      writtenAt = record.seconds;
    },
    flush: write,
    async close() {
      await write();
      file = undefined;
      writtenAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** Appends all of the bytes or none: a part would spoil what is appended later. */
async function appendWhole(file: string, bytes: Uint8Array): Promise<void> {
  const { size } = await fs.stat(file);
  try {
    await fs.appendFile(file, bytes);
  } catch (error) {
    await fs.truncate(file, size).catch(() => {}); // the first error says why
    throw error;
  }
}
