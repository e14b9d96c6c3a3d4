/**
 * The limits of recording: each test passes, and its comment says what one would expect and what happens instead. All follow from
 * one rule: JavaScript runs once, when the function is recorded; what it computed is frozen. What could be detected is an error
 * instead: see refusals.test.ts.
 */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { liveNumber } from '../../lib/src/compile/record';
import { seededUniform } from '../../lib/src/ops/seeded-uniform';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { variable } from './compared';

/** The first number of what the function returns for each of the values. */
async function callAll(
  fn: (x: Tensor) => Promise<Tensor>,
  values: number[],
  between = () => {},
): Promise<number[]> {
  const results: number[] = [];
  for (const value of values) {
    const x = tf.scalar(value);
    const y = await fn(x);
    results.push(y.dataSync()[0]);
    tf.dispose([x, y]);
    between();
  }
  return results;
}

test('a number of JavaScript is frozen', async () => {
  await withoutLeaks(async () => {
    let factor = 2;
    const scale = compile((x: Tensor) => x.mul(factor));
    const results = await callAll(scale, [1, 1, 1], () => factor++);
    // One would expect 2, 3, 4.
    assert.deepEqual(results, [2, 2, 2]);
    scale.dispose();

    // The way out is a live number, or an argument.
    const live = compile((x: Tensor) => x.mul(liveNumber(() => factor)));
    assert.deepEqual(await callAll(live, [1, 1, 1], () => factor++), [5, 6, 7]);
    live.dispose();
  });
});

test('a branch on what JavaScript knows is taken once and for all', async () => {
  await withoutLeaks(async () => {
    let training = true;
    const forward = compile((x: Tensor) => (training ? x.mul(-1) : x));
    const results = await callAll(forward, [1, 1], () => {
      training = false;
    });
    // One would expect -1, 1.
    assert.deepEqual(results, [-1, -1]);
    forward.dispose();
  });
});

test('a loop is unrolled as often as it ran when it was recorded', async () => {
  await withoutLeaks(async () => {
    let rounds = 2;
    const power = compile((x: Tensor) => {
      let y = x;
      for (let round = 0; round < rounds; round++) y = y.mul(x);
      return y;
    });
    const results = await callAll(power, [2, 2], () => rounds++);
    // One would expect 8, 16.
    assert.deepEqual(results, [8, 8]);
    power.dispose();
  });
});

test('a tensor from outside is the value that it had then, though it is replaced or disposed later', async () => {
  await withoutLeaks(async () => {
    let offset = tf.scalar(10);
    const add = compile((x: Tensor) => x.add(offset));
    assert.deepEqual(await callAll(add, [1]), [11]);
    offset.dispose();
    // One would expect an error: eagerly, a disposed tensor cannot be added.
    assert.deepEqual(await callAll(add, [1]), [11]);
    offset = tf.scalar(20);
    // One would expect 21.
    assert.deepEqual(await callAll(add, [1]), [11]);
    add.dispose();
    offset.dispose();

    // The way out is a variable, or an argument.
    const current = variable(10);
    const addCurrent = compile((x: Tensor) => x.add(current));
    const results = await callAll(addCurrent, [1, 1], () => tf.tidy(() => current.assign(tf.scalar(20))));
    assert.deepEqual(results, [11, 21]);
    addCurrent.dispose();
    current.dispose();
  });
});

test('what the function does besides tensors happens when it is recorded, and never again', async () => {
  await withoutLeaks(async () => {
    const seen: string[] = [];
    const log = mock.method(console, 'log', (text: string) => seen.push(text));
    const double = compile((x: Tensor) => {
      console.log(`doubling ${x.shape.length === 0 ? 'a number' : 'an array'}`);
      return x.mul(2);
    });
    await callAll(double, [1, 2, 3]);
    const row = tf.tensor1d([1, 2]);
    tf.dispose(await double(row));
    log.mock.restore();
    // One would expect four lines. There is one for every shape.
    assert.deepEqual(seen, ['doubling a number', 'doubling an array']);
    row.dispose();
    double.dispose();
  });
});

test('the clock stands still', async () => {
  await withoutLeaks(async () => {
    const time = mock.method(Date, 'now', () => 1000);
    const stamp = compile((x: Tensor) => x.add(Date.now()));
    const first = await callAll(stamp, [0]);
    time.mock.mockImplementation(() => 2000);
    const second = await callAll(stamp, [0]);
    time.mock.restore();
    // One would expect 1000, 2000.
    assert.deepEqual([...first, ...second], [1000, 1000]);
    stamp.dispose();
  });
});

test('random numbers with a seed are the same at every call', async () => {
  await withoutLeaks(async () => {
    const noisy = compile((x: Tensor) => x.add(tf.randomUniform([], 0, 1, 'float32', 7)));
    const [first, second] = await callAll(noisy, [0, 0]);
    // TensorFlow.js's seeded numbers are the same at every eager call, too; one might expect a stream of them.
    assert.equal(first, second);
    noisy.dispose();

    // The way out: numbers that TensorFlow draws, with a step that changes.
    let step = 0;
    const drawn = compile((x: Tensor) => {
      const key = liveNumber(() => step);
      return x.add(seededUniform([], tf.scalar(7, 'int32'), key));
    });
    const results = await callAll(drawn, [0, 0, 0], () => step++);
    assert.equal(new Set(results).size, 3);
    drawn.dispose();
  });
});

test('a variable that the function makes is made once for every shape, and keeps its value', async () => {
  await withoutLeaks(async () => {
    const made: Variable[] = [];
    const count = compile((x: Tensor) => {
      const counter = variable(0);
      made.push(counter);
      counter.assign(counter.add(x));
      return counter.clone();
    });
    const results = await callAll(count, [1, 1, 1]);
    // One would expect 1, 1, 1 and three variables.
    assert.deepEqual(results, [1, 2, 3]);
    assert.equal(made.length, 1);
    assert.equal(made[0].dataSync()[0], 3);
    count.dispose();
    tf.dispose(made);
  });
});

test('what JavaScript assigns after a call that has to wait for another is seen by that call', async () => {
  await withoutLeaks(async () => {
    const sum = variable(1);
    const add = compile((x: Tensor) => {
      sum.assign(sum.add(x));
      return sum.clone();
    });
    const one = tf.scalar(1);
    const [first, second] = [add(one), add(one)];
    tf.tidy(() => sum.assign(tf.scalar(100)));
    const results = [await first, await second];
    // One would expect 2, 3, and 100 in the variable: the second call's turn comes after the first has ended.
    const values = [...results, sum].map((tensor) => tensor.dataSync()[0]);
    assert.deepEqual(values, [2, 101, 101]);
    add.dispose();
    tf.dispose([one, ...results, sum]);
  });
});

test('a setting of a layer is the one that it had', async () => {
  await withoutLeaks(async () => {
    const layer = tf.layers.leakyReLU({ alpha: 0.5 }) as unknown as {
      alpha: number;
      apply(x: Tensor): Tensor;
    };
    const forward = compile((x: Tensor) => layer.apply(x.reshape([1, 1])));
    const results = await callAll(forward, [-1, -1], () => {
      layer.alpha = 0.1;
    });
    // One would expect -0.5, -0.1. train() knows its model, and records again when a layer's settings change.
    assert.deepEqual(results, [-0.5, -0.5]);
    forward.dispose();
  });
});

test('an object that the function fills holds tensors that never had a value', async () => {
  const seen: { loss?: Tensor } = {};
  const step = compile((x: Tensor) => {
    seen.loss = x.square();
    return seen.loss.add(1);
  });
  await callAll(step, [3]);
  // One would expect 9. As in tf.tidy, what is neither returned nor kept is disposed; with tf.keep it is an error.
  assert.throws(() => seen.loss!.dataSync(), /disposed/);
  step.dispose();
});
