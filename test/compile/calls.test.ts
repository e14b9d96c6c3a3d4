/** When calls run, what they wait for, and how they end. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { record } from '../../lib/src/compile/record';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { variable } from './compared';

test('calls that nobody waits for run in order, on the arguments as they were', async () => {
  await withoutLeaks(async () => {
    const total = variable(0);
    const log = compile((x: Tensor) => {
      total.assign(total.mul(10).add(x) as never);
      return total.add(0);
    });
    const calls = [1, 2, 3, 4].map((value) => {
      const x = tf.scalar(value);
      const call = log(x);
      x.dispose(); // the call has its own copy
      return call;
    });
    const results = await Promise.all(calls);
    assert.deepEqual(
      results.map((result) => result.dataSync()[0]),
      [1, 12, 123, 1234],
    );
    tf.dispose(results);
    log.dispose();
    total.dispose();
  });
});

test('the event loop runs on while the graph does', async () => {
  const work = compile((x: Tensor2D) => {
    let y = x;
    for (let i = 0; i < 20; i++) y = y.matMul(x).clipByValue(-1, 1) as Tensor2D;
    return y;
  });
  const x = tf.ones([512, 512]) as Tensor2D;
  tf.dispose(await work(x));
  let turns = 0;
  let running = true;
  const count = () => {
    turns++;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  const y = await work(x);
  running = false;
  assert.ok(turns > 1, `${turns} turns`);
  tf.dispose([x, y]);
  work.dispose();
});

test('a function that was disposed says so; disposing it again does nothing', async () => {
  const double = compile(function double(x: Tensor) {
    return x.mul(2);
  });
  const x = tf.scalar(2);
  tf.dispose(await double(x));
  double.dispose();
  double.dispose();
  const message =
    'cannot call double; the compiled function, or its variables, were disposed; compile it anew';
  await assert.rejects(double(x), { message });
  await assert.rejects(double.profile(x), { message });
  x.dispose();
});

test('disposing a function while it runs lets the running call end; calls that wait are told', async () => {
  await withoutLeaks(async () => {
    const sum = variable(0);
    const add = compile((x: Tensor) => {
      sum.assign(sum.add(x) as never);
      return x.mul(2);
    });
    const x = tf.scalar(3);
    tf.dispose(await add(x));
    const running = add(x);
    const waiting = add(x);
    waiting.catch(() => {});
    await null; // the running call begins
    add.dispose();
    const outcomes = await Promise.allSettled([running, waiting]);
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') outcome.value.dispose();
      else assert.match(String(outcome.reason), /disposed/);
    }
    assert.equal(outcomes[1].status, 'rejected');
    const ran = outcomes.filter(({ status }) => status === 'fulfilled').length;
    assert.equal(sum.dataSync()[0], 3 + 3 * ran);
    tf.dispose([x, sum]);
  });
});

test("a graph that fails while it runs rejects the call in TensorFlow's words, and the next call works", async () => {
  await withoutLeaks(async () => {
    const pick = compile((table: Tensor1D, at: Tensor1D) => tf.gather(table, at.toInt()));
    const table = tf.tensor1d([10, 20, 30]);
    const good = tf.tensor1d([2, 0]);
    const bad = tf.tensor1d([7, 0]);
    await assert.rejects(
      pick(table, bad),
      /^Error: cannot run the graph; TensorFlow says: .*indices\[0\] = 7 is not in \[0, 3\)/s,
    );
    const y = await pick(table, good);
    assert.deepEqual([...y.dataSync()], [30, 10]);
    tf.dispose([table, good, bad, y]);
    pick.dispose();
  });
});

test('one recording at a time', () => {
  const inner = () => record(() => tf.scalar(1), [], 'inner');
  assert.throws(() => record(() => inner() as never, [], 'outer'), {
    message:
      'cannot record inner while another function is being recorded; call the plain function in its place',
  });
});

test('what JavaScript assigns after a call that runs at once comes after it, awaited or not', async () => {
  await withoutLeaks(async () => {
    const sum = tf.tidy(() => tf.scalar(1).variable(false));
    const add = compile((x: Tensor) => {
      sum.assign(sum.add(x));
      return sum.clone();
    });
    const one = tf.scalar(1);
    const running = add(one);
    tf.tidy(() => sum.assign(tf.scalar(100)));
    const result = await running;
    assert.deepEqual([result.dataSync()[0], sum.dataSync()[0]], [2, 100]);
    add.dispose();
    tf.dispose([one, result, sum]);
  });
});
