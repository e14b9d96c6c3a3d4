import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { variable } from './compared';

test('a compiled function returns what the function returns, and is recorded once', async () => {
  await withoutLeaks(async () => {
    let runs = 0;
    const polynomial = compile((x: Tensor1D) => {
      runs++;
      return x.square().add(x.mul(3)).sub(1);
    });
    const x = tf.tensor1d([1, 2, -3]);
    for (let call = 0; call < 3; call++) {
      const y = await polynomial(x);
      assert.deepEqual([y.dtype, y.shape, [...y.dataSync()]], ['float32', [3], [3, 9, -1]]);
      y.dispose();
    }
    assert.equal(runs, 1);
    polynomial.dispose();
    x.dispose();
  });
});

test('it runs on the values of each call, not on those of the first', async () => {
  await withoutLeaks(async () => {
    const double = compile((x: Tensor) => x.mul(2));
    for (const value of [1, 5, -7]) {
      const x = tf.scalar(value);
      const y = await double(x);
      assert.equal(y.dataSync()[0], 2 * value);
      tf.dispose([x, y]);
    }
    double.dispose();
  });
});

test('arrays, objects, null and undefined come back in the form in which they were returned', async () => {
  await withoutLeaks(async () => {
    const parts = compile((x: Tensor1D) => ({
      sum: x.sum(),
      list: [x.min(), null, { max: x.max() }],
      none: undefined,
      empty: [],
    }));
    const x = tf.tensor1d([4, 2, 9]);
    const result = await parts(x);
    const numbers = [result.sum, result.list[0] as Tensor, (result.list[2] as { max: Tensor }).max].map(
      (t) => t.dataSync()[0],
    );
    assert.deepEqual(numbers, [15, 2, 9]);
    assert.deepEqual(Object.keys(result), ['sum', 'list', 'none', 'empty']);
    assert.deepEqual([result.list[1], result.none, result.empty], [null, undefined, []]);
    tf.dispose([result, x] as never);
    const nothing = compile((_: Tensor) => undefined);
    const y = tf.scalar(1);
    assert.equal(await nothing(y), undefined);
    y.dispose();
    for (const each of [parts, nothing]) each.dispose();
  });
});

test('an argument may be returned as it is, a result twice, and both are new tensors of the caller', async () => {
  await withoutLeaks(async () => {
    const both = compile((x: Tensor) => {
      const y = x.mul(2);
      return [x, y, y, x];
    });
    const x = tf.scalar(3);
    const results = await both(x);
    assert.deepEqual(
      results.map((result) => result.dataSync()[0]),
      [3, 6, 6, 3],
    );
    x.dispose();
    results[1].dispose();
    assert.deepEqual(
      [results[0], results[2], results[3]].map((result) => result.dataSync()[0]),
      [3, 6, 3],
    );
    tf.dispose(results);
    both.dispose();
  });
});

test('int32 and bool go in and come out as they are', async () => {
  await withoutLeaks(async () => {
    const types = compile((whole: Tensor1D, truth: Tensor1D) => ({
      whole: whole.add(tf.scalar(1, 'int32')),
      truth: truth.logicalNot(),
      mixed: tf.where(truth, whole, tf.zerosLike(whole)),
      count: truth.sum(),
      at: whole.argMax(),
    }));
    const args = [tf.tensor1d([2 ** 24 + 1, -5], 'int32'), tf.tensor1d([true, false], 'bool')] as const;
    const result = await types(...args);
    const shown = Object.entries(result).map(([name, tensor]) => [name, tensor.dtype, ...tensor.dataSync()]);
    assert.deepEqual(shown, [
      ['whole', 'int32', 2 ** 24 + 2, -4],
      ['truth', 'bool', 0, 1],
      ['mixed', 'int32', 2 ** 24 + 1, 0],
      ['count', 'int32', 1],
      ['at', 'int32', 0],
    ]);
    tf.dispose([result, [...args]] as never);
    types.dispose();
  });
});

test('another shape or type is recorded as well, and each goes on with its own graph', async () => {
  await withoutLeaks(async () => {
    const seen: string[] = [];
    const shapes = compile((x: Tensor) => {
      seen.push(`${x.dtype}[${x.shape}]`);
      return x.mul(tf.scalar(x.size, x.dtype));
    });
    const call = async (x: Tensor) => {
      const y = await shapes(x);
      const values = [...y.dataSync()];
      tf.dispose([x, y]);
      return values;
    };
    assert.deepEqual(await call(tf.tensor1d([1, 2])), [2, 4]);
    assert.deepEqual(await call(tf.tensor1d([1, 2, 3])), [3, 6, 9]);
    assert.deepEqual(await call(tf.tensor1d([5, 6])), [10, 12]);
    assert.deepEqual(await call(tf.tensor1d([5, 6], 'int32')), [10, 12]);
    assert.deepEqual(await call(tf.tensor2d([[7]])), [7]);
    assert.deepEqual(await call(tf.tensor([], [0, 4])), []);
    assert.deepEqual(seen, ['float32[2]', 'float32[3]', 'int32[2]', 'float32[1,1]', 'float32[0,4]']);
    shapes.dispose();
  });
});

test('a function without arguments, and one that a constant answers, run as well', async () => {
  await withoutLeaks(async () => {
    const counter = variable(0);
    const next = compile(() => {
      counter.assign(counter.add(1) as never);
      return counter.clone();
    });
    const results = [await next(), await next()];
    assert.deepEqual(
      results.map((result) => result.dataSync()[0]),
      [1, 2],
    );
    const constant = compile(() => tf.tensor1d([1, 2]));
    results.push((await constant()) as never);
    assert.deepEqual([...results[2].dataSync()], [1, 2]);
    tf.dispose(results);
    for (const each of [next, constant]) each.dispose();
    counter.dispose();
  });
});
