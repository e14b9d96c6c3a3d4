import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { failureText } from '../../tools/run-notebooks/result-text';
import { type NotebookRun, runNotebook } from '../../tools/run-notebooks/run-notebook';
import { code, markdown, plant, planted, processesNaming } from './planted-notebooks';

async function runPlanted(
  t: TestContext,
  notebook: ReturnType<typeof planted>,
  { timeoutMs = 30_000 } = {},
): Promise<NotebookRun> {
  const { files } = plant(t, { '01-planted': notebook });
  return runNotebook(files[0], { env: process.env, timeoutMs });
}

test('a good notebook finishes with its outputs and execution counts', async (t) => {
  const run = await runPlanted(
    t,
    planted(markdown('# Title'), 'const n: number = 2;', '  ', 'await Promise.resolve(); n * 21'),
  );
  assert.equal(run.status, 'finished');
  assert.equal(run.failure, undefined);
  assert.equal(run.cells, 2);
  const counts = run.notebook.cells.map((cell) =>
    cell.cell_type === 'code' ? cell.execution_count : undefined,
  );
  assert.deepEqual(counts, [undefined, 1, null, 2]);
  const last = run.notebook.cells[3];
  assert.deepEqual(last.cell_type === 'code' && last.outputs, [
    { output_type: 'stream', name: 'stdout', text: '42\n' },
  ]);
});

test('a thrown error fails with its cell, source and message, and nothing after it runs', async (t) => {
  const run = await runPlanted(t, planted('1', `throw new RangeError('planted');`, `console.log('never')`));
  assert.equal(run.status, 'failed');
  assert.equal(
    failureText(run),
    "01-planted failed in cell 2: thrown\n\n    throw new RangeError('planted');\n\nRangeError: planted",
  );
  const after = run.notebook.cells[2];
  assert.deepEqual(after.cell_type === 'code' && after.outputs, []);
});

test('a type error fails before the cell runs', async (t) => {
  const run = await runPlanted(t, planted(`console.log('ran'); const n: number = 'planted';`));
  assert.equal(
    failureText(run),
    "01-planted failed in cell 1: type error\n\n    console.log('ran'); const n: number = 'planted';\n\n" +
      "1:27 - Type 'string' is not assignable to type 'number'.",
  );
  assert.doesNotMatch(JSON.stringify(run.notebook), /"ran\\n"/);
});

test('an unhandled rejection fails, although the kernel counts the cell as fine', async (t) => {
  const run = await runPlanted(t, planted('1', `Promise.reject(new Error('planted')); 2`, '3'));
  assert.equal(
    failureText(run),
    "01-planted failed in cell 2: unhandled rejection\n\n    Promise.reject(new Error('planted')); 2\n\nError: planted",
  );
});

test('a rejection after the last cell fails as well', async (t) => {
  const run = await runPlanted(t, planted(`setTimeout(() => Promise.reject(new Error('planted')), 100); 2`));
  assert.equal(
    failureText(run),
    '01-planted failed after its last cell: unhandled rejection\nError: planted',
  );
});

test('a killed kernel fails', async (t) => {
  const run = await runPlanted(t, planted(`process.kill(process.pid, 'SIGKILL');`));
  assert.match(
    failureText(run),
    /^01-planted failed in cell 1: kernel ended\n[\s\S]*\nthe kernel was ended by SIGKILL; out of memory\?$/,
  );
});

test('process.exit fails, also with code 0', async (t) => {
  const run = await runPlanted(t, planted('process.exit(0);'));
  assert.match(failureText(run), /the kernel ended with exit code 0; process\.exit in a cell\?$/);
});

test('a cell that takes too long fails, and neither the kernel nor what it started is left', async (t) => {
  const started = `import { spawn } from 'node:child_process';
    spawn('sleep', ['54321.5'], { stdio: 'ignore' });
    while (true) {}`;
  const run = await runPlanted(t, planted('1', started), { timeoutMs: 1000 });
  assert.equal(run.failure?.kind, 'time-out');
  assert.equal(run.failure?.message, 'the cell did not end within 1 seconds');
  const cell = run.notebook.cells[1];
  assert.deepEqual(cell.cell_type === 'code' && cell.outputs, [
    {
      output_type: 'error',
      ename: 'time-out',
      evalue: 'the cell did not end within 1 seconds',
      traceback: ['the cell did not end within 1 seconds'],
    },
  ]);
  await new Promise((done) => setTimeout(done, 100));
  assert.deepEqual(processesNaming('54321.5'), []);
});

test('a cell tagged raises-exception may throw or have a type error, and the next cells run', async (t) => {
  const run = await runPlanted(
    t,
    planted(
      code(`throw new Error('on purpose');`, 'raises-exception'),
      code(`const n: number = 'on purpose';`, 'raises-exception'),
      `console.log('after')`,
    ),
  );
  assert.equal(run.status, 'finished');
  assert.match(JSON.stringify(run.notebook.cells[2]), /"after\\n"/);
});

test('a cell tagged raises-exception that raises none fails', async (t) => {
  const run = await runPlanted(t, planted(code('1', 'raises-exception'), '2'));
  assert.equal(
    failureText(run),
    '01-planted failed in cell 1: no error\n\n    1\n\nthe cell is tagged raises-exception, but it raised none',
  );
});

test('a notebook for another kernel, of another format, or not a notebook is refused before anything runs', async (t) => {
  const other = { ...planted('1'), metadata: { kernelspec: { name: 'python3' } } };
  await assert.rejects(runPlanted(t, other), /cannot read notebook .*; its kernel must be tslab: python3$/);
  const old = { ...planted('1'), nbformat_minor: 2 };
  await assert.rejects(runPlanted(t, old), /; not nbformat 4\.5: 4\.2; save it with a current Jupyter$/);
  await assert.rejects(
    runNotebook(__filename, { env: {}, timeoutMs: 1 }),
    /cannot read notebook .*; Unexpected token/,
  );
});
