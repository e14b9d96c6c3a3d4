/**
 * Where displays go: the running notebook cell, or a terminal.
 *
 * This is the only file that knows tslab. Its public `display` sends one MIME type an output; a picture needs several (an
 * interactive form, a still one, text), so that it survives untrusted notebooks and conversions. They go through the
 * function that tslab's own display uses, found in the module cache of the process: outside a kernel there is none.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';

/** One output in several forms: MIME type to content. A front end takes the richest form it can render. */
export type Bundle = Readonly<Record<string, unknown>>;

export interface NotebookOutput {
  readonly kind: 'notebook';
  /** The same object for every display of one kernel. */
  readonly kernel: object;
  /** Adds an output to the cell that was running when this object was made. */
  display(bundle: Bundle, displayId?: string): void;
  /** Replaces every output that was displayed with this id. */
  update(bundle: Bundle, displayId: string): void;
  print(text: string): void;
}

export interface TerminalOutput {
  readonly kind: 'terminal';
  /** Whether a line can be drawn again in place: false for a file, a pipe or a CI log. */
  readonly interactive: boolean;
  /** Width in characters. */
  readonly columns: number;
  write(text: string): void;
  print(text: string): void;
}

export type Output = NotebookOutput | TerminalOutput;

type WriteDisplayData = (
  content: { data: Bundle; metadata: object; transient: { display_id?: string } },
  update: boolean,
) => void;

interface TslabJupyter {
  lastWriteDisplayData: WriteDisplayData | null;
}

/** The output of the cell that runs now, or the terminal where there is no notebook. */
export function currentOutput(): Output {
  const kernel = runningKernel();
  return kernel ? notebookOutput(kernel, kernel.lastWriteDisplayData!) : terminalOutput(process.stdout);
}

/** Whether the code runs in a notebook's cell. */
export function isNotebook(): boolean {
  return runningKernel() !== undefined;
}

/** An id under which an output can be updated later. */
export function newDisplayId(): string {
  return randomBytes(8).toString('hex');
}

/** A terminal (or file, or pipe) as an output. */
export function terminalOutput(
  stream: Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>>,
): TerminalOutput {
  return {
    kind: 'terminal',
    interactive: stream.isTTY === true,
    columns: stream.columns || 100,
    write: (text) => void stream.write(text),
    print: (text) => void stream.write(`${text}\n`),
  };
}

function notebookOutput(kernel: TslabJupyter, write: WriteDisplayData): NotebookOutput {
  const send = (bundle: Bundle, displayId: string | undefined, update: boolean) =>
    write({ data: bundle, metadata: {}, transient: displayId ? { display_id: displayId } : {} }, update);
  return {
    kind: 'notebook',
    kernel,
    display: (bundle, displayId) => send(bundle, displayId, false),
    update: (bundle, displayId) => send(bundle, displayId, true),
    print: (text) => void process.stdout.write(`${text}\n`), // tslab routes it to the cell
  };
}

/** A globally installed tslab may be loaded beside the local one; only the one that executes cells has a writer. */
function runningKernel(): TslabJupyter | undefined {
  const file = path.join('tslab', 'dist', 'jupyter.js');
  for (const [name, loaded] of Object.entries(require.cache)) {
    if (!name.endsWith(path.sep + file)) continue;
    const jupyter = loaded?.exports as Partial<TslabJupyter> | undefined;
    if (typeof jupyter?.lastWriteDisplayData === 'function') return jupyter as TslabJupyter;
  }
  return undefined;
}
