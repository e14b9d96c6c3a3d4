/**
 * Removes what running a notebook leaves in it: outputs, execution counts, timings. Ids, tags, text and code stay, and a clean
 * notebook stays as it is.
 *
 *     npx tsx tools/clean-notebooks.ts [NOTEBOOK...]     default: all of notebooks/
 */
import fs from 'node:fs';
import path from 'node:path';
import {
  type Cell,
  type Notebook,
  notebookText,
  readNotebook,
  TSLAB_METADATA,
  writeNotebook,
} from './run-notebooks/notebook-file';

/** What an author sets, as opposed to what a front end or a run records. */
const KEPT_CELL_METADATA = ['tags', 'slideshow', 'editable', 'deletable'];

export function cleanNotebook(notebook: Notebook): Notebook {
  return {
    cells: notebook.cells.map(cleanCell),
    metadata: TSLAB_METADATA,
    nbformat: 4,
    nbformat_minor: 5,
  };
}

function cleanCell(cell: Cell): Cell {
  const metadata = Object.fromEntries(
    Object.entries(cell.metadata).filter(([key]) => KEPT_CELL_METADATA.includes(key)),
  );
  if (cell.cell_type !== 'code') return { ...cell, metadata };
  return { ...cell, metadata, execution_count: null, outputs: [] };
}

function main(files: readonly string[]): void {
  const folder = path.join(__dirname, '..', 'notebooks');
  const all = () => fs.readdirSync(folder).filter((name) => name.endsWith('.ipynb'));
  for (const file of files.length > 0 ? files : all().map((name) => path.join(folder, name))) {
    const cleaned = cleanNotebook(readNotebook(file));
    const changed = notebookText(cleaned) !== fs.readFileSync(file, 'utf8');
    if (changed) writeNotebook(file, cleaned);
    console.log(`${path.basename(file)}: ${changed ? 'cleaned' : 'clean'}`);
  }
}

if (require.main === module) main(process.argv.slice(2));
