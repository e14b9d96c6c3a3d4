import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { seededUniform } from '../../lib/src/ops/seeded-uniform';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

async function draw(shape: number[], seed: number, step: number): Promise<number[]> {
  return withoutLeaks(() => {
    const [a, b] = [tf.scalar(seed, 'int32'), tf.scalar(step, 'int32')];
    const drawn = seededUniform(shape, a, b);
    assert.deepEqual([drawn.dtype, drawn.shape], ['float32', shape]);
    const values = [...drawn.dataSync()];
    tf.dispose([a, b, drawn]);
    return values;
  });
}

test('the same shape, seed and step give the same numbers, others give others', async () => {
  const first = await draw([3, 4], 7, 1);
  assert.deepEqual(await draw([3, 4], 7, 1), first);
  assert.notDeepEqual(await draw([3, 4], 8, 1), first);
  assert.notDeepEqual(await draw([3, 4], 7, 2), first);
  assert.notDeepEqual(await draw([3, 4], 1, 7), first);
});

test('the numbers are those of TensorFlow 2.21 in Python', async () => {
  // tf.random.stateless_uniform([4], [7, 1])
  const python = [0.040120720863342285, 0.5423469543457031, 0.4399822950363159, 0.9085369110107422];
  assert.deepEqual(await draw([4], 7, 1), python);
});

test('they are uniform in [0, 1)', async () => {
  const numbers = await draw([100_000], 3, 5);
  assert.ok(numbers.every((number) => number >= 0 && number < 1));
  const mean = numbers.reduce((sum, number) => sum + number) / numbers.length;
  assert.ok(Math.abs(mean - 0.5) < 0.005, `${mean}`); // five standard errors
  const below = numbers.filter((number) => number < 0.25).length / numbers.length;
  assert.ok(Math.abs(below - 0.25) < 0.007, `${below}`);
});

test('seed and step of every int32 have numbers, negative ones too', async () => {
  const numbers = await Promise.all([-(2 ** 31), -1, 0, 2 ** 31 - 1].map((seed) => draw([2], seed, 1)));
  assert.equal(new Set(numbers.map(String)).size, 4);
});

test('compiled they are the same as eagerly, and follow their arguments', async () => {
  await withoutLeaks(async () => {
    const drawn = compile((seed: Tensor, step: Tensor) => seededUniform([5], seed, step));
    for (const step of [1, 2]) {
      const args = [tf.scalar(7, 'int32'), tf.scalar(step, 'int32')];
      const numbers = await drawn(args[0], args[1]);
      assert.deepEqual([...numbers.dataSync()], await draw([5], 7, step));
      tf.dispose([numbers, args]);
    }
    drawn.dispose();
  });
});
