import path from 'node:path';
import { type CellFailure, INTERRUPTED, NO_ERROR } from './failure';
import { type CellResult, type Kernel, startKernel } from './kernel';
import {
  type CodeCell,
  cellSource,
  hasTag,
  isRunnable,
  type Notebook,
  notebookName,
  RAISES_EXCEPTION,
  readNotebook,
  TSLAB_METADATA,
} from './notebook-file';
import type { Output } from './protocol/outputs';

export interface NotebookFailure extends CellFailure {
  /** 1-based among the code cells, as Jupyter counts executions; undefined when no cell was running. */
  readonly cell?: number;
  /** Of the cell; empty when no cell was running. */
  readonly source: string;
}

export interface NotebookRun {
  /** E.g. `01-residual-block`. */
  readonly name: string;
  readonly status: 'finished' | 'failed' | 'interrupted';
  readonly failure?: NotebookFailure;
  /** With the outputs so far. */
  readonly notebook: Notebook;
  readonly cells: number;
  readonly seconds: number;
  /** By cell id, for the cells that ran. */
  readonly cellSeconds: Readonly<Record<string, number>>;
}

export interface RunNotebookOptions {
  readonly env: NodeJS.ProcessEnv;
  /** For each cell. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called when a cell (1-based) begins, and for every output it adds or changes. */
  readonly onProgress?: (cell: number, cells: number, output?: Output) => void;
  /** Called with the kernel when every cell went well, before it is shut down. */
  readonly beforeShutdown?: (kernel: Kernel) => Promise<void>;
}

/**
 * Runs one notebook from its first cell to its last or the first that fails, in a kernel of its own that is gone afterwards.
 *
 * @throws Error when the notebook cannot be read
 */
export async function runNotebook(file: string, options: RunNotebookOptions): Promise<NotebookRun> {
  const { env, signal } = options;
  const start = performance.now();
  const notebook = cleared(readNotebook(file));
  const cells = notebook.cells.filter(isRunnable);
  const cellSeconds: Record<string, number> = {};
  const failure = signal?.aborted
    ? { ...INTERRUPTED, source: '' }
    : await runInKernel({ cwd: path.dirname(path.resolve(file)), env, signal }, cells, cellSeconds, options);
  const status = !failure ? 'finished' : failure.kind === 'interrupted' ? 'interrupted' : 'failed';
  return {
    name: notebookName(file),
    status,
    ...(failure && { failure }),
    notebook,
    cells: cells.length,
    seconds: (performance.now() - start) / 1000,
    cellSeconds,
  };
}

async function runInKernel(
  kernelOptions: Parameters<typeof startKernel>[0],
  cells: readonly CodeCell[],
  cellSeconds: Record<string, number>,
  options: RunNotebookOptions,
): Promise<NotebookFailure | undefined> {
  options.onProgress?.(0, cells.length);
  let kernel: Kernel;
  try {
    kernel = await startKernel(kernelOptions);
  } catch (error) {
    if (options.signal?.aborted) return { ...INTERRUPTED, source: '' };
    return { kind: 'no kernel', message: (error as Error).message, source: '' };
  }
  const stop = () => void kernel.kill();
  options.signal?.addEventListener('abort', stop);
  try {
    for (const [index, cell] of cells.entries()) {
      const failure = await runCell(kernel, cell, index + 1, cells.length, cellSeconds, options);
      if (failure) return { ...failure, cell: index + 1, source: cellSource(cell) };
    }
    await options.beforeShutdown?.(kernel);
    const late = await kernel.shutdown();
    return late && { ...late, source: '' };
  } finally {
    options.signal?.removeEventListener('abort', stop);
    await kernel.kill();
  }
}

async function runCell(
  kernel: Kernel,
  cell: CodeCell,
  number: number,
  cells: number,
  cellSeconds: Record<string, number>,
  { timeoutMs, signal, onProgress }: RunNotebookOptions,
): Promise<CellFailure | undefined> {
  onProgress?.(number, cells);
  const result = await kernel.execute(cellSource(cell), {
    timeoutMs,
    signal,
    onOutput: (output) => onProgress?.(number, cells, output),
  });
  cell.outputs = result.outputs;
  cell.execution_count = result.executionCount ?? number;
  cellSeconds[cell.id] = result.seconds;
  const failure = hasTag(cell, RAISES_EXCEPTION) ? expectError(result) : result.failure;
  if (failure && failure !== result.failure) return failure;
  if (failure && !saidByKernel(failure)) cell.outputs.push(errorOutput(failure));
  return failure;
}

/** What is wrong with the result of a cell that is meant to fail. */
function expectError({ failure }: CellResult): CellFailure | undefined {
  if (!failure) return NO_ERROR;
  return failure.kind === 'thrown' || failure.kind === 'type error' ? undefined : failure;
}

/** tslab prints these into the cell itself. */
function saidByKernel({ kind }: CellFailure): boolean {
  return ['thrown', 'type error', 'unhandled rejection', 'uncaught exception'].includes(kind);
}

function errorOutput({ kind, message }: CellFailure): Output {
  return {
    output_type: 'error',
    ename: kind,
    evalue: message.split('\n')[0],
    traceback: message.split('\n'),
  };
}

function cleared(notebook: Notebook): Notebook {
  for (const cell of notebook.cells) {
    if (cell.cell_type === 'code') Object.assign(cell, { outputs: [], execution_count: null });
  }
  return { ...notebook, metadata: { ...notebook.metadata, ...TSLAB_METADATA } };
}
