/** Variables of several functions, and those that are disposed before the functions are. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { adding, call, numberOf } from './adding';
import { variable } from './compared';

test('two compiled functions share a variable, whichever changes it', async () => {
  await withoutLeaks(async () => {
    const sum = variable(0);
    const [add, addToo] = [adding(sum), adding(sum)];
    assert.equal(await call(add, 1), 1);
    assert.equal(await call(addToo, 10), 11);
    assert.equal(await call(add, 100), 111);
    assert.equal(await call(add, 100), 211);
    assert.equal(await call(addToo, 10), 221);
    add.dispose();
    assert.equal(await call(addToo, 10), 231);
    assert.equal(numberOf(sum), 231);
    addToo.dispose();
    assert.equal(numberOf(sum), 231);
    sum.dispose();
  });
});

test('a function that was disposed leaves its newest values to the others', async () => {
  await withoutLeaks(async () => {
    const sum = variable(0);
    const [add, addToo] = [adding(sum), adding(sum)];
    await call(addToo, 1);
    await call(add, 10);
    add.dispose();
    assert.equal(await call(addToo, 100), 111);
    addToo.dispose();
    sum.dispose();
  });
});

test('variables that began as one tensor are told apart', async () => {
  await withoutLeaks(async () => {
    const zero = tf.scalar(0);
    const [x, y] = [tf.variable(zero, false), tf.variable(zero, false)];
    const count = compile(() => {
      x.assign(x.add(1));
      y.assign(y.add(10));
      return zero.add(0);
    });
    for (const expected of [
      [1, 10],
      [2, 20],
    ]) {
      const result = await count();
      assert.deepEqual([numberOf(result), numberOf(x), numberOf(y)], [0, ...expected]);
      result.dispose();
    }
    count.dispose();
    tf.dispose([x, y, zero]);
  });
});

test('a call that needs a variable that was disposed is refused', async () => {
  await withoutLeaks(async () => {
    const [gone, stays] = [variable(1, { name: 'gone' }), variable(2)];
    const add = compile((x: Tensor) => x.add(gone).add(stays));
    assert.equal(await call(add, 1), 4);
    gone.dispose();
    await assert.rejects(call(add, 1), {
      message: 'cannot run a compiled function; its variable gone was disposed; compile the function anew',
    });
    stays.dispose();
    await assert.rejects(call(add, 1), /disposed; compile/);
    add.dispose();
  });
});

test('a variable that takes the place of a disposed one is the one that is used from then on', async () => {
  await withoutLeaks(async () => {
    const offset = variable(100);
    let factor = variable(2, { name: 'factor' });
    const scale = compile((x: Tensor) => factor.mul(x.toInt()).toFloat().add(offset));
    const x = tf.scalar(3);
    const xs = tf.tensor1d([3, 4]);
    const first = await scale(x);
    factor.dispose();
    factor = tf.tidy(() => tf.variable(tf.tensor1d([5, 6], 'int32'), false, 'factor')); // of the same name, but another type
    const second = await scale(xs);
    assert.deepEqual([[...first.dataSync()], [...second.dataSync()]], [[106], [115, 124]]);
    scale.dispose();
    tf.dispose([x, xs, first, second, factor, offset]);
  });
});

test('a variable may be disposed while a step runs that changes it', async () => {
  await withoutLeaks(async () => {
    const [x, y] = [variable(1), variable(2)];
    const step = compile(() => {
      x.assign(x.add(1));
      y.assign(y.add(x));
      return y.clone();
    });
    const running = step();
    await null; // its turn has come
    tf.dispose([x, y]);
    const result = await running;
    assert.equal(numberOf(result), 4);
    result.dispose();
    step.dispose();
  });
});
