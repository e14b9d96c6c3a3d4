/** Notebooks made for a test, in a folder of their own. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import {
  type Cell,
  type Notebook,
  TSLAB_METADATA,
  writeNotebook,
} from '../../tools/run-notebooks/notebook-file';

export function code(source: string, ...tags: string[]): Cell {
  return {
    id: '',
    cell_type: 'code',
    metadata: tags.length > 0 ? { tags } : {},
    source,
    execution_count: null,
    outputs: [],
  };
}

export function markdown(source: string): Cell {
  return { id: '', cell_type: 'markdown', metadata: {}, source };
}

/** Code cells with these sources, or the given cells. */
export function planted(...cells: (string | Cell)[]): Notebook {
  const made = cells.map((cell) => (typeof cell === 'string' ? code(cell) : cell));
  return {
    cells: made.map((cell, i) => ({ ...cell, id: `cell-${i}` })),
    metadata: { kernelspec: TSLAB_METADATA.kernelspec },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

/** Writes `{ '01-name': notebook }` into a fresh folder that is removed after the test. */
export function plant(
  t: TestContext,
  notebooks: Record<string, Notebook>,
): { folder: string; files: string[]; out: string } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'planted-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const files = Object.entries(notebooks).map(([name, notebook]) => {
    const file = path.join(folder, `${name}.ipynb`);
    writeNotebook(file, notebook);
    return file;
  });
  return { folder, files, out: path.join(folder, 'out') };
}

/** The processes of this machine whose command line names `text`. */
export function processesNaming(text: string): number[] {
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
    } catch {
      return false; // it ended meanwhile
    }
  });
}
