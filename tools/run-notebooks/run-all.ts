import fs from 'node:fs';
import path from 'node:path';
import { codeVersion } from '../../lib/src/notebook/checkout';
import { settings } from '../../lib/src/notebook/settings';
import { describeKernel } from './describe-kernel';
import { type LineStream, LiveLine } from './live-line';
import { readNotebook, writeNotebook } from './notebook-file';
import { renderPage } from './report/page';
import { RunFolder } from './run-folder';
import { type NotebookRun, runNotebook } from './run-notebook';
import { type DataSetFacts, type DeviceFacts, type RunRecord, runRecord } from './run-record';

export interface RunOptions {
  /** Files, in the order to run them. */
  readonly notebooks: readonly string[];
  /** Where results go. */
  readonly outDirectory: string;
  /** Of the checkout. */
  readonly root: string;
  /** What the notebooks see; RESNET_LAB_OUT is set to the folder of this run, RESNET_LAB_MODEL to what an earlier one left. */
  readonly environment: NodeJS.ProcessEnv;
  readonly dataSet: DataSetFacts;
  /** For each cell. */
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal;
  /** For one line a notebook; default standard output. */
  readonly stream?: LineStream;
}

export interface RunResult {
  readonly record: RunRecord;
  readonly runs: readonly NotebookRun[];
  /** The file with all notebooks. */
  readonly page: string;
}

/**
 * Runs notebooks in order up to the first that fails, or is interrupted. Each is published, with its outputs so far, as soon
 * as it ends; the page and `run.json` follow at the end, whatever it is.
 *
 * @throws Error before anything runs, when a notebook cannot be read or the environment holds a bad setting
 */
export async function runNotebooks(options: RunOptions): Promise<RunResult> {
  const { notebooks, outDirectory, root, environment, signal } = options;
  const started = new Date();
  const chosen = settings(environment, root);
  const commit = codeVersion(root);
  for (const file of notebooks) readNotebook(file);
  const folder = new RunFolder(outDirectory);
  try {
    const env = {
      ...environment,
      RESNET_LAB_OUT: folder.path,
      RESNET_LAB_MODEL: path.join(outDirectory, 'model'),
    };
    const runs: NotebookRun[] = [];
    let device: DeviceFacts | null = null;
    for (const file of notebooks) {
      const run = await runOne(file, env, options, async (kernel) => {
        device ??= await describeKernel(kernel);
      });
      runs.push(run);
      writeNotebook(path.join(folder.path, `${run.name}.ipynb`), run.notebook);
      folder.publish();
      if (run.status !== 'finished' || signal?.aborted) break;
    }
    const record = runRecord({
      started,
      seconds: (Date.now() - started.getTime()) / 1000,
      settings: chosen,
      dataSet: options.dataSet,
      runs,
      interrupted: runs.length < notebooks.length && signal?.aborted === true,
      folder: folder.path,
      device,
      versions: versions(root),
      commit,
    });
    fs.writeFileSync(path.join(folder.path, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
    fs.writeFileSync(
      path.join(folder.path, 'index.html'),
      renderPage(record, runs, path.dirname(notebooks[0])),
    );
    folder.publish();
    return { record, runs, page: path.join(outDirectory, 'index.html') };
  } finally {
    folder.remove();
  }
}

async function runOne(
  file: string,
  env: NodeJS.ProcessEnv,
  { stream, timeoutSeconds, signal }: RunOptions,
  beforeShutdown: NonNullable<Parameters<typeof runNotebook>[1]['beforeShutdown']>,
): Promise<NotebookRun> {
  const line = new LiveLine(path.basename(file, '.ipynb'), stream);
  try {
    const run = await runNotebook(file, {
      env,
      timeoutMs: timeoutSeconds * 1000,
      signal,
      onProgress: (cell, cells, output) => line.update(cell, cells, output),
      beforeShutdown,
    });
    line.end(run);
    return run;
  } catch (error) {
    line.close();
    throw error;
  }
}

function versions(root: string): Record<string, string> {
  const version = (file: string) =>
    (JSON.parse(fs.readFileSync(file, 'utf8')) as { version: string }).version;
  return {
    node: process.versions.node,
    tslab: version(require.resolve('tslab/package.json')),
    'resnet-lab': version(path.join(root, 'lib', 'package.json')),
  };
}
