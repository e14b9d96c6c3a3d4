import assert from 'node:assert/strict';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { currentOutput, isNotebook } from '../../lib/src/notebook/output';

const file = (folder: string) => path.join(path.sep, folder, 'node_modules', 'tslab', 'dist', 'jupyter.js');
const added: string[] = [];

/** What a kernel process has in its module cache. */
function loadTslab(folder: string, lastWriteDisplayData: unknown): void {
  require.cache[file(folder)] = { exports: { lastWriteDisplayData } } as NodeJS.Module;
  added.push(file(folder));
}

afterEach(() => {
  for (const name of added.splice(0)) delete require.cache[name];
});

test('without tslab, output goes to the terminal', () => {
  assert.equal(isNotebook(), false);
  assert.equal(currentOutput().kind, 'terminal');
});

test('a loaded tslab that runs no cell is not a notebook', () => {
  loadTslab('global', null);
  assert.equal(isNotebook(), false);
});

test('a bundle goes out through the tslab that runs cells, not through another copy', () => {
  const calls: unknown[] = [];
  loadTslab('global', null);
  loadTslab('local', (content: unknown, update: boolean) => calls.push([content, update]));
  assert.equal(isNotebook(), true);
  const output = currentOutput();
  assert.equal(output.kind, 'notebook');
  if (output.kind !== 'notebook') return;
  output.display({ 'text/plain': 'a' });
  output.display({ 'text/plain': 'b' }, 'id');
  output.update({ 'text/plain': 'c' }, 'id');
  assert.deepEqual(calls, [
    [{ data: { 'text/plain': 'a' }, metadata: {}, transient: {} }, false],
    [{ data: { 'text/plain': 'b' }, metadata: {}, transient: { display_id: 'id' } }, false],
    [{ data: { 'text/plain': 'c' }, metadata: {}, transient: { display_id: 'id' } }, true],
  ]);
});

test('an output keeps to the cell in which it was made', () => {
  const calls: string[] = [];
  loadTslab('local', () => calls.push('first cell'));
  const output = currentOutput();
  loadTslab('local', () => calls.push('second cell'));
  assert.equal(output.kind, 'notebook');
  if (output.kind === 'notebook') output.display({ 'text/plain': 'late' });
  assert.deepEqual(calls, ['first cell']);
});
