/** Notebooks as files: nbformat 4.5, read strictly and written as Jupyter writes them. */
import fs from 'node:fs';
import path from 'node:path';
import type { Output } from './protocol/outputs';

export interface MarkdownCell {
  id: string;
  cell_type: 'markdown' | 'raw';
  metadata: CellMetadata;
  source: string | string[];
  /** File name to MIME type to base64 content. */
  attachments?: Record<string, Record<string, string>>;
}

export interface CodeCell {
  id: string;
  cell_type: 'code';
  metadata: CellMetadata;
  source: string | string[];
  execution_count: number | null;
  outputs: Output[];
}

export type Cell = MarkdownCell | CodeCell;

export interface CellMetadata {
  tags?: string[];
  [key: string]: unknown;
}

export interface Notebook {
  nbformat: 4;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: Cell[];
}

/** A cell with this tag is meant to fail. */
export const RAISES_EXCEPTION = 'raises-exception';

/** What tslab says about its language, and where Jupyter finds it. */
export const TSLAB_METADATA = {
  kernelspec: { display_name: 'TypeScript (resnet-lab)', language: 'typescript', name: 'tslab' },
  language_info: {
    codemirror_mode: { mode: 'typescript', name: 'javascript', typescript: true },
    file_extension: '.ts',
    mimetype: 'text/typescript',
    name: 'typescript',
    version: '3.7.2', // what tslab 1.0.22 announces, whatever its compiler
  },
};

/**
 * Reads a notebook.
 *
 * @throws Error naming the file when it is missing, not JSON, not nbformat 4.5, or made for another kernel
 */
export function readNotebook(file: string): Notebook {
  const refuse = (fault: string): never => {
    throw new Error(`cannot read notebook ${file}; ${fault}`);
  };
  let notebook: Notebook;
  try {
    notebook = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    return refuse((error as Error).message);
  }
  const { nbformat, nbformat_minor, cells, metadata } = notebook ?? {};
  if (nbformat !== 4 || !(nbformat_minor >= 5) || !Array.isArray(cells)) {
    refuse(`not nbformat 4.5: ${nbformat}.${nbformat_minor}; save it with a current Jupyter`);
  }
  const kernel = (metadata?.kernelspec as { name?: string } | undefined)?.name;
  if (kernel !== 'tslab') refuse(`its kernel must be tslab: ${kernel}`);
  return notebook;
}

/** Writes a notebook aside, then renames it: a reader finds the old one or the new one. */
export function writeNotebook(file: string, notebook: Notebook): void {
  const aside = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(aside, notebookText(notebook));
  fs.renameSync(aside, file);
}

/** As Jupyter formats it: an indent of one, text as lists of lines. */
export function notebookText(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => {
    const lined = { ...cell, source: lines(cellSource(cell)) };
    return cell.cell_type === 'code' ? { ...lined, outputs: cell.outputs.map(withLines) } : lined;
  });
  return `${JSON.stringify({ ...notebook, cells }, null, 1)}\n`;
}

export function cellSource(cell: Cell): string {
  return textOf(cell.source);
}

/** nbformat keeps text as a string or as a list of lines. */
export function textOf(text: unknown): string {
  return Array.isArray(text) ? text.join('') : String(text ?? '');
}

export function hasTag(cell: Cell, tag: string): boolean {
  return cell.metadata.tags?.includes(tag) ?? false;
}

/** A cell whose source is blank is not sent to the kernel. */
export function isRunnable(cell: Cell): cell is CodeCell {
  return cell.cell_type === 'code' && cellSource(cell).trim() !== '';
}

/** `01-residual-block` of `notebooks/01-residual-block.ipynb`. */
export function notebookName(file: string): string {
  return path.basename(file, '.ipynb');
}

function withLines(output: Output): unknown {
  if (output.output_type === 'stream') return { ...output, text: lines(output.text) };
  if (output.output_type === 'error') return output;
  const data = Object.entries(output.data).map(([type, content]) => [
    type,
    typeof content === 'string' ? lines(content) : content,
  ]);
  return { ...output, data: Object.fromEntries(data) };
}

/** Every line with its line break; nothing for no text. */
function lines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}
