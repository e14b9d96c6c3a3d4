/** The three files of one checkpoint, written and read. */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { CHECKPOINT_FORMAT, type CheckpointCard, cardFromJson, cardToJson } from './checkpoint-card';
import { writeDurably } from './durable-directory';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from './safetensors';

/** `sums` is written last, in the format that `sha256sum -c` reads. */
const FILES = { state: 'state.safetensors', card: 'checkpoint.json', sums: 'SHA256SUMS' } as const;

const MAX_STATE = 2 ** 31 - 1; // bytes; Node reads no larger file at once

export interface Checkpoint extends CheckpointCard {
  /** By name; their order is not kept. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** Throws when the checkpoint belongs to another model, say; the message should end with what to do. */
export type Accept = (meta: CheckpointCard['meta']) => void | Promise<void>;

/** Why one checkpoint cannot be used, as a clause of a longer message. */
export class CheckpointFault extends Error {
  /** @param remedy what helps beside taking another one; empty where `message` says it */
  constructor(
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Checks the parts and returns what writes them into an empty directory.
 *
 * @throws TypeError for tensors or metadata that cannot be stored, RangeError when they are too large
 */
export function encodeCheckpoint(checkpoint: Checkpoint): (directory: string) => Promise<void> {
  const state = encodeSafetensors(checkpoint.tensors);
  const bytes = state.reduce((sum, chunk) => sum + chunk.length, 0);
  if (bytes > MAX_STATE) throw new RangeError(`too much to save; at most ${MAX_STATE} bytes: ${bytes}`);
  const card = [Buffer.from(cardToJson(checkpoint))];
  return async (directory) => {
    const sums = new Map<string, string>();
    for (const [name, chunks] of [[FILES.state, state] as const, [FILES.card, card] as const]) {
      sums.set(name, await writeDurably(path.join(directory, name), chunks));
    }
    await writeDurably(path.join(directory, FILES.sums), [Buffer.from(sumsText(sums))]);
  };
}

/**
 * Reads a checkpoint whole and checks it against its sums.
 *
 * @throws CheckpointFault when it is damaged, of a newer format, another program's, or not accepted
 */
export async function readCheckpoint(directory: string, step: number, accept?: Accept): Promise<Checkpoint> {
  const sums = await readSums(directory);
  const { score, meta } = await cardOf(directory, step, sums);
  const tensors = decodeState(await readSummed(directory, FILES.state, sums));
  try {
    await accept?.(meta);
  } catch (error) {
    throw new CheckpointFault(messageOf(error), '', { cause: error });
  }
  return { step, ...(score === undefined ? {} : { score }), meta, tensors };
}

/** The card alone, which is little to read. Throws as {@link readCheckpoint}. */
export async function readCard(directory: string, step: number): Promise<CheckpointCard> {
  return cardOf(directory, step, await readSums(directory));
}

/** Whether nobody else has put anything into the directory of a checkpoint. */
export async function holdsOnlyCheckpoint(directory: string): Promise<boolean> {
  const owned: readonly string[] = Object.values(FILES);
  return (await fs.readdir(directory)).every((name) => owned.includes(name));
}

async function cardOf(directory: string, step: number, sums: Sums): Promise<CheckpointCard> {
  const card = cardFromJson(String(await readSummed(directory, FILES.card, sums)));
  if (card === undefined) throw foreign(`${FILES.card} is another program's`);
  if (card.format > CHECKPOINT_FORMAT) {
    const formats = `it has format ${card.format}, and this resnet-lab reads up to ${CHECKPOINT_FORMAT}`;
    throw new CheckpointFault(formats, 'update resnet-lab');
  }
  if (card.format !== CHECKPOINT_FORMAT) throw foreign(`${FILES.card} has format ${card.format}`);
  if (card.step !== step) {
    throw new CheckpointFault(
      `it is misnamed: ${FILES.card} says step ${card.step}`,
      'give it its name back',
    );
  }
  return card;
}

function decodeState(bytes: Uint8Array): Map<string, StoredTensor> {
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    throw damaged(FILES.state, messageOf(error), error);
  }
}

/** sha256 in hexadecimal digits by the name of the file. */
type Sums = ReadonlyMap<string, string>;

function sumsText(sums: Sums): string {
  return [...sums].map(([name, sum]) => `${sum}  ${name}\n`).join('');
}

async function readSums(directory: string): Promise<Sums> {
  const text = String(await read(directory, FILES.sums));
  const sums = new Map([...text.matchAll(/^([\da-f]{64}) {2}(.+)$/gm)].map(([, sum, name]) => [name, sum]));
  if (sums.size === 0 || sumsText(sums) !== text) throw damaged(FILES.sums, 'it is no list of sha256sum');
  return sums;
}

async function readSummed(directory: string, name: string, sums: Sums): Promise<Buffer> {
  const bytes = await read(directory, name);
  const expected = sums.get(name);
  if (expected === undefined) throw damaged(FILES.sums, `it does not list ${name}`);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== expected) throw damaged(name, `its sha256 differs from ${FILES.sums}`);
  return bytes;
}

async function read(directory: string, name: string): Promise<Buffer> {
  try {
    return await fs.readFile(path.join(directory, name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw foreign(`${name} is missing`);
    throw new CheckpointFault(`${name} cannot be read (${code})`, 'make it readable', { cause: error });
  }
}

function damaged(name: string, why: string, cause?: unknown): CheckpointFault {
  return new CheckpointFault(`${name} is damaged (${why})`, 'delete it', { cause });
}

function foreign(why: string): CheckpointFault {
  return new CheckpointFault(`it is not a checkpoint (${why})`, 'move it away');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
