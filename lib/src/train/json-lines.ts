/** Training records as JSON lines, one record a line: a log that other programs read, also while it grows. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileObserver, type Observer } from './observers';
import type { TrainingRecord } from './records';

export interface JsonLinesOptions {
  /** True goes on with the file of an earlier run, see {@link truncateAfter}; default false: its first record replaces the file. */
  readonly append?: boolean;
}

/**
 * Writes every record as a line of JSON. Folders that are missing are made. A kill of the process loses a second of the training or
 * 100 records, whichever is less, and at worst cuts the last line, which {@link readJsonLines} then leaves out.
 *
 * Source of the option: https://keras.io/api/callbacks/csv_logger/
 */
export function jsonLines(file: string, { append = false }: JsonLinesOptions = {}): Observer {
  return fileObserver('JSON lines', {
    async open() {
      await fs.mkdir(path.dirname(file), { recursive: true });
      await (append ? dropCutLine(file) : fs.writeFile(file, ''));
      return file;
    },
    encode: (record) => Buffer.from(`${JSON.stringify(record, spellOut)}\n`),
  });
}

/**
 * Reads what {@link jsonLines} wrote. A last line without its line end is one that a kill cut short: it is left out.
 *
 * @throws Error when the file cannot be read, or another line is not a record; it names the line
 */
export async function readJsonLines(file: string): Promise<TrainingRecord[]> {
  return (await linesOf(file)).map(({ record }) => record);
}

/**
 * Drops the records of later steps and epochs, for a run that is resumed after `step`; an epoch belongs to the step that it ends with,
 * and stays only if it is one of the `epochs` that the run will not record again. The file is written aside and renamed, so that a
 * reader never meets half of it. Where there is none, nothing happens.
 *
 * @param step of the last record to stay; 0 drops all
 * @param epochs complete ones; default: all up to the step
 * @throws RangeError when `step` is not an integer from 0 on
 * @throws Error as {@link readJsonLines} does; the file is then as it was
 */
export async function truncateAfter(
  file: string,
  step: number,
  epochs = Number.POSITIVE_INFINITY,
): Promise<void> {
  if (!Number.isInteger(step) || step < 0) throw new RangeError(`invalid step; not an integer >= 0: ${step}`);
  const target = await fs.realpath(file).catch(unlessMissing); // through a link, not over it
  if (target === undefined) return;
  const kept = (await linesOf(target)).filter(
    ({ step: at, record }) => at <= step && (record.kind === 'step' || record.epoch <= epochs),
  );
  const aside = `${target}.${randomUUID()}.tmp`;
  try {
    await fs.writeFile(aside, kept.map(({ text }) => `${text}\n`).join(''));
    await fs.rename(aside, target);
  } finally {
    await fs.rm(aside, { force: true });
  }
}

/** For `JSON.stringify`: NaN and infinities, which a record may hold and JSON lacks, stand as strings such as `"NaN"`. */
export function spellOut(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** A parsed record with its numbers back, undoing {@link spellOut}. */
export function withNumbers<R extends object>(record: R): R {
  const fields = Object.entries(record).map(([key, value]) => [
    key,
    key === 'kind' || typeof value === 'object' ? value : Number(value),
  ]);
  return Object.fromEntries(fields) as R;
}

interface Line {
  readonly text: string;
  readonly step: number;
  readonly record: TrainingRecord;
}

async function linesOf(file: string): Promise<Line[]> {
  const lines = (await fs.readFile(file, 'utf8')).split('\n').slice(0, -1);
  return lines.map((text, index) => {
    const record = parsed(text);
    if (record?.step !== undefined) return { text, step: record.step, record };
    throw new Error(
      `cannot read ${file}; every line must be the JSON of a record: ` +
        `line ${index + 1} begins ${JSON.stringify(text.slice(0, 40))}; remove it`,
    );
  });
}

/** Undefined for the text of anything but a record. */
function parsed(text: string): TrainingRecord | undefined {
  try {
    const record = JSON.parse(text) as TrainingRecord | null;
    const known = (record?.kind === 'step' || record?.kind === 'epoch') && Number.isInteger(record.step);
    return known ? withNumbers(record) : undefined;
  } catch {
    return undefined;
  }
}

/** Else the next record would end it, and make it one that nobody can read. */
async function dropCutLine(file: string): Promise<void> {
  const bytes = await fs.readFile(file).catch(unlessMissing);
  if (!bytes) return fs.writeFile(file, '');
  const whole = bytes.lastIndexOf('\n') + 1;
  if (whole < bytes.length) await fs.truncate(file, whole);
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
