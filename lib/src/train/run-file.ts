/** The JSON files of a run folder: written whole or not at all, and read only in a format that this code knows. */
import fs from 'node:fs/promises';
import { replaceFile } from './durable-directory';
import { toJson } from './model-card';
import { fromJson } from './run-config';

const FORMAT = 1;

/**
 * Writes `record` with its format beside `file`, waits until the disk has it, and renames it: whoever reads `file`, after a
 * crash too, finds the old record or the new one.
 */
export async function writeRecord(file: string, record: object): Promise<void> {
  await replaceFile(file, [Buffer.from(toJson({ format: FORMAT, ...record }))]);
}

/**
 * What {@link writeRecord} wrote, without its format; undefined when there is no such file.
 *
 * @param remedy what to do about a damaged file
 * @throws Error when the file is damaged, another's or of a newer format; it names the file and the remedy
 */
export async function readRecord(file: string, remedy: string): Promise<object | undefined> {
  const text = await fs.readFile(file, 'utf8').catch(unlessMissing);
  if (text === undefined) return undefined;
  const refused = (why: string, what: string) => new Error(`cannot read ${file}; ${why}; ${what}`);
  let record: unknown;
  try {
    record = fromJson(text);
  } catch {
    throw refused('it is damaged: not JSON', remedy);
  }
  const { format, ...rest } = (record ?? {}) as { format?: unknown };
  if (typeof format !== 'number') throw refused('it has no format', "it is another program's; move it away");
  if (format !== FORMAT) {
    throw refused(`its format must be ${FORMAT}: ${format}`, 'read it with the resnet-lab that wrote it');
  }
  return rest;
}

/** For `catch`: undefined when there is no such file. */
export function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
