/** A recording that fails leaves everything as it was, and the next good one works. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Optimizer, Scalar, Tensor } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { currentRecorder } from '../../lib/src/compile/record';
import { adam } from '../../lib/src/model/keras-defaults';
import { nativeBackend } from '../../lib/src/tensorflow/backend';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { disposeOptimizer, variable } from './compared';

const numberOf = (tensor: Tensor) => tensor.dataSync()[0];

test('what a recording stands in for is back after a failure and after a success', async () => {
  const backend = nativeBackend();
  const members = () => [
    Math.random,
    backend.executeSingleOutput,
    backend.executeMultipleOutputs,
    backend.readSync,
    backend.read,
    tf.Variable.prototype.assign,
    tf.layers.Layer.prototype.apply,
    tf.SGDOptimizer.prototype.applyGradients,
    tf.AdamOptimizer.prototype.applyGradients,
    (tf.Optimizer.prototype as unknown as { incrementIterations: unknown }).incrementIterations,
    Object.getOwnPropertyDescriptor(tf.Optimizer.prototype, 'iterations')?.get,
    (tf.engine() as unknown as { makeVariable: unknown }).makeVariable,
    (tf.engine() as unknown as { addTapeNode: unknown }).addTapeNode,
  ];
  const before = members();
  const x = tf.scalar(1);
  const fails = compile((x: Tensor) => x.mul(x.dataSync()[0]));
  await assert.rejects(fails(x));
  assert.ok(members().every((member, i) => member === before[i]));
  assert.equal(currentRecorder(), undefined);
  const works = compile((x: Tensor) => x.mul(2));
  tf.dispose(await works(x));
  assert.ok(members().every((member, i) => member === before[i]));
  assert.equal(typeof Math.random(), 'number');
  for (const each of [fails, works]) each.dispose();
  x.dispose();
});

test('variables keep their values, also those that other compiled functions have newer', async () => {
  await withoutLeaks(async () => {
    const sum = variable(1);
    let fail = false;
    const add = compile((x: Tensor) => {
      sum.assign(sum.add(x.sum()));
      if (fail) throw new Error('of the function');
      return sum.clone();
    });
    const [x, other] = [tf.scalar(1), tf.tensor1d([1])];
    tf.dispose(await add(x));
    fail = true;
    await withoutLeaks(() => assert.rejects(add(other), /^Error: of the function$/));
    assert.equal(numberOf(sum), 2);
    fail = false;
    const result = await add(x);
    assert.equal(numberOf(result), 3);
    add.dispose();
    tf.dispose([x, other, result, sum]);
  });
});

test('a recording that failed is tried again at the next call', async () => {
  await withoutLeaks(async () => {
    let factor: number | undefined;
    const scale = compile((x: Tensor) => {
      if (factor === undefined) throw new Error('no factor yet');
      return x.mul(factor);
    });
    const x = tf.scalar(2);
    await assert.rejects(scale(x), /no factor yet/);
    factor = 5;
    const y = await scale(x);
    assert.equal(numberOf(y), 10);
    tf.dispose([x, y]);
    scale.dispose();
  });
});

test('variables that a failing function made are gone, and the next call makes its own', async () => {
  await withoutLeaks(async () => {
    let fail = true;
    let made: ReturnType<typeof variable> | undefined;
    const count = compile(() => {
      made ??= variable(10);
      made.assign(made.add(1));
      if (fail) {
        made = undefined;
        throw new Error('of the function');
      }
      return made.clone();
    });
    await withoutLeaks(() => assert.rejects(count(), /of the function/));
    fail = false;
    const result = await count();
    assert.equal(numberOf(result), 11);
    tf.dispose([result, made!]);
    count.dispose();
  });
});

const optimizers: Record<string, () => Optimizer> = {
  'the Adam of Keras': () => adam(0.1),
  Momentum: () => tf.train.momentum(0.1, 0.9),
  Adagrad: () => tf.train.adagrad(0.1),
  RMSProp: () => tf.train.rmsprop(0.1),
};

for (const [name, make] of Object.entries(optimizers)) {
  test(`${name} works after a recording in which it made its averages and that failed`, async () => {
    await withoutLeaks(async () => {
      let fail = true;
      const train = (weight: ReturnType<typeof variable>, optimizer: Optimizer) => (x: Tensor) => {
        const loss = optimizer.minimize(() => weight.mul(x).square().sum() as Scalar, true, [weight]);
        if (fail) throw new Error('of the function');
        return loss!;
      };
      const [weight, twin] = [variable(3, { trainable: true }), variable(3, { trainable: true })];
      const [optimizer, other] = [make(), make()];
      const [compiled, eager] = [compile(train(weight, optimizer)), train(twin, other)];
      const x = tf.scalar(2);
      await withoutLeaks(() => assert.rejects(compiled(x), /of the function/));
      assert.deepEqual([optimizer.iterations ?? 0, numberOf(weight)], [0, 3]);
      fail = false;
      for (let step = 1; step <= 3; step++) {
        const [loss, expected] = [await compiled(x), eager(x)];
        assert.ok(
          Math.abs(numberOf(loss) / numberOf(expected) - 1) < 1e-5,
          `step ${step}: ${loss} instead of ${expected}`,
        );
        assert.equal(optimizer.iterations, other.iterations);
        tf.dispose([loss, expected]);
      }
      compiled.dispose();
      for (const each of [optimizer, other]) disposeOptimizer(each);
      tf.dispose([x, weight, twin]);
    });
  });
}

test('a failure within an operation of TensorFlow, half way through an update, is undone as well', async () => {
  await withoutLeaks(async () => {
    const weight = variable([1, 2], { trainable: true });
    const optimizer = tf.train.sgd(0.1);
    const compiled = compile((x: Tensor) => {
      optimizer.minimize(() => weight.mul(x).sum() as Scalar, false, [weight]);
      return weight.matMul(x);
    });
    const x = tf.scalar(2);
    await withoutLeaks(() => assert.rejects(compiled(x)));
    assert.deepEqual([...weight.dataSync(), optimizer.iterations ?? 0], [1, 2, 0]);
    compiled.dispose();
    optimizer.dispose();
    tf.dispose([x, weight]);
  });
});
