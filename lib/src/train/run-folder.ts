/** What every training leaves behind: a folder with its configuration, its records and its result. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory } from './durable-directory';
import { readJsonLines } from './json-lines';
import type { EpochRecord, TrainingRecord } from './records';
import { differences, environmentDifferences, type RunConfig, runName, settledConfig } from './run-config';
import { readRecord, unlessMissing, writeRecord } from './run-file';
import type { TrainingEnd } from './training';

const FILES = { config: 'run.json', records: 'records.jsonl', result: 'result.json' } as const;

/** How a run ended. */
export interface RunResult {
  /** `failed`: by an error, such as a loss that diverged. */
  readonly stopped: TrainingEnd['stopped'] | 'failed';
  /** Why, in words, where it did not simply finish. */
  readonly reason?: string;
  /** Of every complete epoch. */
  readonly epochs: readonly EpochRecord[];
  /** Length of the training, validations included. */
  readonly seconds: number;
  readonly runner: TrainingEnd['runner'];
  /** On the test split, which is opened once, at the end. */
  readonly test?: RunTest;
}

export interface RunTest {
  /** Mean over the images. */
  readonly loss: number;
  /** 0..1 */
  readonly accuracy: number;
  readonly images: number;
}

/**
 * One run's folder; `checkpoints/` and `lock` lie in it too while others write them.
 *
 * ```
 *   <parent>/<name>/
 *     run.json        the RunConfig
 *     records.jsonl   a TrainingRecord a line, as they come
 *     result.json     the RunResult, once there is one
 * ```
 *
 * The two JSON files are written aside and renamed, so that no reader and no crash meets half of one.
 */
export class RunFolder {
  private constructor(
    readonly directory: string,
    readonly config: RunConfig,
  ) {}

  /**
   * Makes the folder of a new run below `parent`, which is made too where it is missing. The folder appears with its `run.json`
   * inside or not at all.
   *
   * @param options.name default {@link runName}, with -2, -3 and so on appended when it is taken
   * @throws TypeError when the config is not one, or not plain data
   * @throws RangeError when the name is no plain folder name, Error when it is given and taken
   */
  static async create(
    parent: string,
    config: RunConfig,
    { name }: { name?: string } = {},
  ): Promise<RunFolder> {
    const settled = settledConfig(config);
    if (name !== undefined) checkName(name);
    const base = name ?? runName(settled);
    await fs.mkdir(parent, { recursive: true });
    const aside = path.join(parent, `.${base}.${randomUUID()}.tmp`);
    await fs.mkdir(aside);
    try {
      await writeRecord(path.join(aside, FILES.config), settled);
      for (let attempt = 1; ; attempt++) {
        const directory = path.join(parent, attempt === 1 ? base : `${base}-${attempt}`);
        if (await movedTo(aside, directory)) return new RunFolder(directory, settled);
        if (name !== undefined) {
          throw new Error(
            `cannot create run ${directory}; the name is taken; open that run to go on with it, or choose another name`,
          );
        }
      }
    } finally {
      await fs.rm(aside, { recursive: true, force: true });
    }
  }

  /**
   * @throws Error when `directory` is not a run's, or its `run.json` is damaged, another's or of a newer format; it names the file
   * and the remedy
   */
  static async open(directory: string): Promise<RunFolder> {
    const file = path.join(directory, FILES.config);
    const record = await readRecord(file, 'restore it from a copy, or remove the folder');
    if (!record) {
      throw new Error(
        `cannot open run ${directory}; ${FILES.config} is missing; name a folder that a training recorded into`,
      );
    }
    try {
      return new RunFolder(directory, settledConfig(record as RunConfig));
    } catch (error) {
      throw new Error(
        `cannot read ${file}; ${(error as Error).message}; restore it from a copy, or remove the folder`,
        { cause: error },
      );
    }
  }

  /** The folder's own name. */
  get name(): string {
    return path.basename(path.resolve(this.directory));
  }

  /**
   * Whether a training configured so may go on with this run.
   *
   * @returns differences of device, versions and commit, to be shown as warnings, because they may change the bits of what follows
   * @throws Error when the configurations differ; it names the fields with the values of both
   */
  checkSameConfig(config: RunConfig): string[] {
    const found = differences(this.config, config);
    if (found.length === 0) return environmentDifferences(this.config, config);
    throw new Error(
      `cannot resume run ${this.directory}; its configuration must be the same; ${found.join('; ')}; ` +
        'set these as the run has them, or start a new run',
    );
  }

  /** Replaces an older result. */
  async writeResult(result: RunResult): Promise<void> {
    await writeRecord(path.join(this.directory, FILES.result), result);
  }

  /**
   * Undefined while the run goes on, and when it was killed.
   *
   * @throws Error when `result.json` is damaged, another's or of a newer format; it names the file and the remedy
   */
  async result(): Promise<RunResult | undefined> {
    const file = path.join(this.directory, FILES.result);
    const record = await readRecord(file, 'remove it; the records tell the run without it');
    if (record && !Array.isArray((record as Partial<RunResult>).epochs)) {
      throw new Error(
        `cannot read ${file}; it has no epochs; remove it; the records tell the run without it`,
      );
    }
    return record as RunResult | undefined;
  }

  /**
   * The records so far, as {@link readJsonLines} reads them; none while there is no file yet.
   *
   * @throws Error when a line is damaged, but for a last one that was cut; it names the line
   */
  async records(): Promise<TrainingRecord[]> {
    const records = await readJsonLines(path.join(this.directory, FILES.records)).catch(unlessMissing);
    return records ?? [];
  }
}

/**
 * The runs below `parent`, the oldest first. Folders that are not runs are passed over.
 *
 * @param onDamaged told of a run that cannot be opened, which the list then lacks; default: a warning on the console
 * @throws Error when there is no such directory
 */
export async function listRuns(
  parent: string,
  onDamaged: (error: Error) => void = (error) => console.warn(error.message),
): Promise<RunFolder[]> {
  const names = await fs.readdir(parent).catch(unlessMissing);
  if (!names) throw new Error(`cannot list runs; no such directory: ${parent}; a recorded training makes it`);
  const runs: RunFolder[] = [];
  for (const name of names.sort()) {
    if (name.startsWith('.')) continue; // a run that is being made, or whose making was killed
    const directory = path.join(parent, name);
    try {
      if (await exists(path.join(directory, FILES.config))) runs.push(await RunFolder.open(directory));
    } catch (error) {
      onDamaged(error as Error);
    }
  }
  return runs.sort((a, b) => Date.parse(a.config.created) - Date.parse(b.config.created));
}

/** A run as `compareRuns` takes it: plain data. */
export interface ComparedRun {
  readonly name: string;
  readonly config: RunConfig;
  /** Of the complete epochs, in their order. */
  readonly epochs: readonly EpochRecord[];
  /** Undefined while the run goes on, and when it was killed. */
  readonly result?: RunResult;
  /** Length of the training. */
  readonly seconds: number;
}

/**
 * Reads runs to be compared: all below a parent, as {@link listRuns} finds them, or those in a list of directories.
 *
 * @throws Error as {@link listRuns} does, or when one of the directories is not a run's; or when a result or a record is damaged
 */
export async function loadRuns(runs: string | readonly string[]): Promise<ComparedRun[]> {
  const folders =
    typeof runs === 'string' ? await listRuns(runs) : await Promise.all(runs.map(RunFolder.open));
  return Promise.all(folders.map(load));
}

/** A run that was resumed and goes on still has its earlier result; its records know of more epochs. */
async function load(folder: RunFolder): Promise<ComparedRun> {
  const { name, config } = folder;
  const [records, result] = await Promise.all([folder.records(), folder.result()]);
  const recorded = records.filter((record): record is EpochRecord => record.kind === 'epoch');
  if (result && result.epochs.length >= recorded.length) {
    return { name, config, epochs: result.epochs, result, seconds: result.seconds };
  }
  const seconds = recorded.reduce((sum, epoch) => sum + epoch.seconds, 0);
  return { name, config, epochs: recorded, seconds };
}

/** Moves a directory to a name that is free, or that of an empty directory; false when it is neither. */
async function movedTo(aside: string, directory: string): Promise<boolean> {
  try {
    await fs.rename(aside, directory);
  } catch (error) {
    const taken = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    if (taken) return false;
    throw error;
  }
  await syncDirectory(path.dirname(directory));
  return true;
}

function checkName(name: string): void {
  if (name !== '' && !name.startsWith('.') && path.basename(name) === name) return;
  throw new RangeError(`invalid name; not a plain folder name that begins without a dot: "${name}"`);
}

async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}
