import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { useNativeReluGradient } from '../../lib/src/ops/relu-gradient';
import { tf } from '../../lib/src/tensorflow/load';
import { noiseTensor } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';

useNativeReluGradient();
useNativeReluGradient(); // once is enough, twice does nothing

test('the gradient of ReLU is dy where x > 0, else 0, and 0 at 0', async () => {
  await withoutLeaks(() =>
    tf.tidy(() => {
      const x = tf.tensor1d([-2, -0, 0, 1e-20, 3]);
      const dy = tf.tensor1d([1, 2, 3, 4, 5]);
      assert.deepEqual(
        [
          ...tf
            .grad((x) => tf.relu(x))(x, dy)
            .dataSync(),
        ],
        [0, 0, 0, 4, 5],
      );
    }),
  );
});

test('it agrees with a finite difference', async () => {
  await withoutLeaks(() =>
    tf.tidy(() => {
      const x = noiseTensor([50], 1);
      const loss = (x: Tensor) => tf.relu(x).square().sum();
      const slope = tf.grad(loss)(x);
      const direction = noiseTensor([50], 2);
      const along = slope.mul(direction).sum().dataSync()[0];
      const step = direction.mul(1e-3);
      const measured =
        loss(x.add(step))
          .sub(loss(x.sub(step)))
          .dataSync()[0] / 2e-3;
      assert.ok(Math.abs(along - measured) < 1e-2 * Math.abs(measured), `${along}, measured ${measured}`);
    }),
  );
});

test('it is linear in dy, so that there are second derivatives through it', async () => {
  await withoutLeaks(() =>
    tf.tidy(() => {
      const x = tf.tensor1d([-1, 2, 3]);
      const second = tf.grad((x) =>
        tf
          .grad((x) => tf.relu(x).pow(3).sum())(x)
          .sum(),
      )(x);
      assert.deepEqual([...second.dataSync()].map(Math.round), [0, 12, 18]); // of x³: 6 x
    }),
  );
});

test('compiled it is one operation, with the same result', async () => {
  await withoutLeaks(async () => {
    const gradient = compile((x: Tensor) => tf.grad((x) => tf.relu(x).square().sum())(x));
    const x = noiseTensor([4, 5], 1);
    const [expected, actual] = [
      tf.tidy(() => tf.grad((x) => tf.relu(x).square().sum())(x)),
      await gradient(x),
    ];
    assert.deepEqual(actual.dataSync(), expected.dataSync());
    assert.equal(gradient.graph!.nodes.filter(({ op }) => op === 'ReluGrad').length, 1);
    tf.dispose([x, expected, actual]);
    gradient.dispose();
  });
});
