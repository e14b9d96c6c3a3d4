import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { interruptible } from '../../lib/src/notebook/interruptible';
import { capturedTerminal } from './captured-output';

const { output } = capturedTerminal();

/** Stands for tslab's own listener, and keeps these tests' signals from ending the process. */
async function withUsualListener(run: (interrupts: () => number) => Promise<void>): Promise<void> {
  let count = 0;
  const listener = () => void count++;
  process.on('SIGINT', listener);
  const before = process.rawListeners('SIGINT');
  try {
    await run(() => count);
    assert.deepEqual(process.rawListeners('SIGINT'), before, 'listeners are back in their order');
  } finally {
    process.removeListener('SIGINT', listener);
  }
}

async function interrupt(): Promise<void> {
  process.kill(process.pid, 'SIGINT');
  await wait(20);
}

test('the first interrupt aborts the signal and what was reached is returned', async () => {
  await withUsualListener(async (usual) => {
    const terminal = capturedTerminal();
    const steps = await interruptible(async (signal) => {
      let step = 0;
      while (!signal.aborted) if (++step === 3) await interrupt();
      return step;
    }, terminal.output);
    assert.equal(steps, 3);
    assert.equal(usual(), 0);
    assert.equal(
      terminal.text(),
      'interrupted: waiting for the running step; interrupt again to stop at once\n',
    );
  });
});

test('the second interrupt goes where interrupts usually go', async () => {
  await withUsualListener(async (usual) => {
    await interruptible(async () => {
      await interrupt();
      assert.equal(usual(), 0);
      await interrupt();
      assert.equal(usual(), 1);
    }, output);
  });
});

test('an error passes through and leaves no listener behind', async () => {
  await withUsualListener(async (usual) => {
    const failing = interruptible(() => {
      throw new Error('planted');
    }, output);
    await assert.rejects(failing, { message: 'planted' });
    await interrupt();
    assert.equal(usual(), 1);
  });
});

test('of two nested calls the inner one takes the first interrupt, the outer one the second', async () => {
  await withUsualListener(async (usual) => {
    const stopped: string[] = [];
    await interruptible(async (outer) => {
      await interruptible(async (inner) => {
        await interrupt();
        if (inner.aborted && !outer.aborted) stopped.push('inner');
      }, output);
      await interrupt();
      if (outer.aborted) stopped.push('outer');
    }, output);
    assert.deepEqual(stopped, ['inner', 'outer']);
    assert.equal(usual(), 0);
  });
});
