/** A variable has one value, whether JavaScript or a compiled function reads or writes it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { adding, call, numberOf } from './adding';
import { variable } from './compared';

test('recording a function changes no variable; running it does', async () => {
  await withoutLeaks(async () => {
    const sum = variable(5);
    const add = adding(sum);
    assert.equal(await call(add, 2), 7);
    assert.equal(numberOf(sum), 7);
    assert.equal(await call(add, 3), 10);
    add.dispose();
    assert.equal(numberOf(sum), 10);
    sum.dispose();
  });
});

test('what JavaScript assigns is seen by the next call', async () => {
  await withoutLeaks(async () => {
    const sum = variable(5);
    const add = adding(sum);
    await call(add, 1);
    tf.tidy(() => sum.assign(tf.scalar(100)));
    assert.equal(await call(add, 1), 101);
    tf.tidy(() => sum.assign(sum.mul(2)));
    assert.equal(await call(add, 1), 203);
    add.dispose();
    sum.dispose();
  });
});

test('reading a variable while a step runs gives the value after it', async () => {
  await withoutLeaks(async () => {
    const size = 300;
    const large = variable(Array.from({ length: size }, () => new Array(size).fill(1 / size)));
    const slow = compile(() => {
      let y: Tensor = large;
      for (let i = 0; i < 30; i++) y = y.matMul(large).minimum(1);
      large.assign(y.add(1));
      return y.sum();
    });
    const running = slow();
    await null; // its turn has come
    const now = large.dataSync()[0];
    assert.ok(Math.abs(now - (1 + 1 / size)) < 1e-5, `${now}`);
    tf.dispose(await running);
    assert.equal(large.dataSync()[0], now);
    slow.dispose();
    large.dispose();
  });
});

test('every way to read a variable sees the newest value', async () => {
  await withoutLeaks(async () => {
    const sum = variable(1);
    const add = adding(sum);
    await call(add, 1);
    assert.equal(numberOf(sum), 2);
    await call(add, 1);
    assert.equal((await sum.data())[0], 3);
    await call(add, 1);
    assert.equal(await sum.array(), 4);
    await call(add, 1);
    assert.equal(
      tf.tidy(() => numberOf(sum.mul(10))),
      50,
    );
    await call(add, 1);
    assert.equal(
      tf.tidy(() => numberOf(sum.clone())),
      6,
    );
    await call(add, 1);
    assert.match(String(sum), /7/);
    add.dispose();
    sum.dispose();
  });
});

test('a clone keeps the value that it was taken of', async () => {
  await withoutLeaks(async () => {
    const sum = variable(1);
    const add = adding(sum);
    await call(add, 1);
    const before = sum.clone();
    await call(add, 1);
    assert.deepEqual([numberOf(before), numberOf(sum)], [2, 3]);
    tf.dispose([before, sum]);
    add.dispose();
  });
});

test('writes and reads within one function keep their order', async () => {
  await withoutLeaks(async () => {
    const x = variable(2);
    const y = variable(3);
    const shuffle = compile(() => {
      const before = x.clone();
      x.assign(y.mul(10)); // 30
      const between = x.add(0);
      y.assign(x.add(before)); // 32
      x.assign(x.add(1)); // 31
      return [before, between, x.clone(), y.clone()];
    });
    const results = await shuffle();
    assert.deepEqual(results.map(numberOf), [2, 30, 31, 32]);
    assert.deepEqual([x, y].map(numberOf), [31, 32]);
    tf.dispose(results);
    shuffle.dispose();
    tf.dispose([x, y]);
  });
});

test('variables may swap their values', async () => {
  await withoutLeaks(async () => {
    const [x, y] = [variable(1), variable(2)];
    const swap = compile(() => {
      const old = x.clone();
      x.assign(y);
      y.assign(old);
    });
    await swap();
    assert.deepEqual([x, y].map(numberOf), [2, 1]);
    await swap();
    assert.deepEqual([x, y].map(numberOf), [1, 2]);
    swap.dispose();
    tf.dispose([x, y]);
  });
});

test('a variable as an argument or a result stands for its value', async () => {
  await withoutLeaks(async () => {
    const sum = variable(4);
    const identity = compile((x: Tensor) => [sum, x.add(sum)]);
    const [same, double] = await identity(sum);
    assert.deepEqual([same instanceof tf.Variable, numberOf(same), numberOf(double)], [false, 4, 8]);
    tf.dispose([same, double]);
    identity.dispose();
    assert.equal(numberOf(sum), 4);
    sum.dispose();
  });
});

test('int32 and bool variables are kept as they are', async () => {
  await withoutLeaks(async () => {
    const [whole, truth] = tf.tidy(() => [
      tf.variable(tf.scalar(2 ** 24 + 1, 'int32'), false),
      tf.variable(tf.scalar(false, 'bool'), false),
    ]);
    const step = compile(() => {
      whole.assign(whole.add(tf.scalar(1, 'int32')));
      truth.assign(truth.logicalNot());
    });
    await step();
    assert.deepEqual(
      [whole.dtype, numberOf(whole), truth.dtype, numberOf(truth)],
      ['int32', 2 ** 24 + 2, 'bool', 1],
    );
    step.dispose();
    tf.dispose([whole, truth]);
  });
});

test('the first value of a variable that the function makes is made of the newest values of others', async () => {
  await withoutLeaks(async () => {
    const w = tf.tidy(() => tf.scalar(3).variable(false));
    let twice: tf.Variable | undefined;
    const x = tf.scalar(1);
    const step = compile((x: Tensor) => {
      twice ??= tf.variable(w.mul(2));
      return twice.add(x);
    });
    const before = compile((x: Tensor) => w.add(x));
    tf.dispose(await before(x));
    tf.tidy(() => w.assign(tf.scalar(100)));
    const result = await step(x);
    assert.equal(result.dataSync()[0], 201);
    for (const compiled of [step, before]) compiled.dispose();
    tf.dispose([w, twice!, x, result]);
  });
});

test('a variable that the function makes may begin with the value of another one that it makes', async () => {
  await withoutLeaks(async () => {
    const made: Variable[] = [];
    const step = compile((x: Tensor) => {
      if (made.length === 0) {
        const weight = tf.variable(tf.scalar(3), false);
        const average = tf.variable(weight, false);
        made.push(weight, average, tf.variable(average.mul(weight), false));
      }
      const [weight, average, product] = made;
      weight.assign(weight.add(x));
      return [weight, average, product];
    });
    const x = tf.scalar(10);
    for (const expected of [
      [13, 3, 9],
      [23, 3, 9],
    ]) {
      const results = await step(x);
      assert.deepEqual(results.map(numberOf), expected);
      tf.dispose(results);
    }
    step.dispose();
    tf.dispose([x, ...made]);
  });
});

test('a first value that depends on the arguments is refused, and leaves no variable', async () => {
  await withoutLeaks(async () => {
    const x = tf.tensor1d([1, 2], 'float32');
    const made = compile(function made(x: Tensor) {
      return tf.variable(x.mean()).add(1);
    });
    for (let attempt = 0; attempt < 2; attempt++) {
      await assert.rejects(
        made(x),
        /^TypeError: cannot compile made; the first value of a variable that it makes must not depend on its arguments: /,
      );
    }
    made.dispose();
    x.dispose();
  });
});

test('so is one that is taken of a weight after an optimizer has changed it', async () => {
  await withoutLeaks(async () => {
    const weight = variable(2, { trainable: true });
    const optimizer = tf.train.sgd(0.1);
    const train = compile(function train(x: Tensor) {
      optimizer.minimize(() => weight.mul(x).sum() as Scalar, false, [weight]);
      return tf.variable(weight, false).add(1);
    });
    const x = tf.scalar(1);
    await assert.rejects(train(x), {
      name: 'TypeError',
      message:
        /^cannot compile train; the first value of a variable that it makes must not depend on its arguments: .*; make the variable outside of the function$/,
    });
    assert.equal(numberOf(weight), 2);
    train.dispose();
    optimizer.dispose();
    tf.dispose([x, weight]);
  });
});
