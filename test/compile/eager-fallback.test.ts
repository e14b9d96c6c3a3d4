import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { train } from '../../lib/src/train/train';
import { tinyModel, tinySplit } from '../train/tiny-problem';

test('where the C API cannot be used, compiled functions run eagerly, with the same results, and say so once', async () => {
  const program = path.join(__dirname, 'without-koffi.ts');
  const output = execFileSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8' });
  const told = JSON.parse(output.trim().split('\n').at(-1)!);
  assert.deepEqual(told.warnings, [
    'compiled functions run eagerly, several times slower: the package koffi cannot be loaded: no koffi here; run "npm run doctor" in ' +
      'the checkout',
  ]);
  assert.deepEqual(told.results, [3, 5]);
  assert.equal(told.graph, undefined);
  assert.match(
    told.wrongArgument,
    /^TypeError: cannot call add; every argument must be a tensor: argument 1 is number 5; /,
  );
  assert.equal(
    told.profile,
    'Error: cannot profile add; it runs eagerly here; run "npm run doctor" in the checkout for the reason',
  );
  assert.equal(told.disposed, 'Error: cannot call add; the compiled function was disposed; compile it anew');

  const losses: number[] = [];
  for await (const record of train(tinyModel(), tinySplit(16), { epochs: 1, batchSize: 8 })) {
    if (record.kind === 'step') losses.push(record.loss);
  }
  assert.equal(told.losses.length, 2);
  for (const [i, loss] of losses.entries())
    assert.ok(Math.abs(loss / told.losses[i] - 1) < 1e-5, `${losses}, ${told.losses}`);
});
