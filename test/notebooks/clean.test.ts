import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { cleanNotebook } from '../../tools/clean-notebooks';
import {
  type CodeCell,
  notebookText,
  readNotebook,
  TSLAB_METADATA,
} from '../../tools/run-notebooks/notebook-file';
import { code, markdown, planted } from '../tools/planted-notebooks';

const FOLDER = path.join(__dirname, '..', '..', 'notebooks');

for (const name of fs.readdirSync(FOLDER).filter((file) => file.endsWith('.ipynb'))) {
  test(`${name} is as tools/clean-notebooks.ts leaves it: no outputs, no execution counts`, () => {
    const file = path.join(FOLDER, name);
    const notebook = readNotebook(file);
    const codeCells = notebook.cells.filter((cell): cell is CodeCell => cell.cell_type === 'code');
    assert.deepEqual(
      codeCells.map(({ outputs, execution_count }) => [outputs.length, execution_count]),
      codeCells.map(() => [0, null]),
    );
    assert.deepEqual(notebook.metadata.kernelspec, TSLAB_METADATA.kernelspec);
    assert.equal(notebookText(cleanNotebook(notebook)), fs.readFileSync(file, 'utf8'));
  });

  test(`${name} has a different id for every cell`, () => {
    const ids = readNotebook(path.join(FOLDER, name)).cells.map(({ id }) => id);
    assert.ok(ids.every((id) => /^[\w-]{1,64}$/.test(id)));
    assert.equal(new Set(ids).size, ids.length);
  });
}

test('cleaning removes what a run leaves, keeps ids, tags and sources, and changes nothing twice', () => {
  const notebook = planted(markdown('# Title\n\ntext'), code('1 + 1', 'raises-exception'));
  const executed = structuredClone(notebook);
  const cell = executed.cells[1] as CodeCell;
  cell.execution_count = 3;
  cell.outputs = [{ output_type: 'stream', name: 'stdout', text: '2\n' }];
  cell.metadata.execution = { 'shell.execute_reply': '2026-01-01' };
  executed.metadata.widgets = {};
  const cleaned = cleanNotebook(executed);
  assert.deepEqual(cleaned.cells, notebook.cells);
  assert.deepEqual(cleaned.metadata, TSLAB_METADATA);
  assert.deepEqual(cleanNotebook(cleaned), cleaned);
});
