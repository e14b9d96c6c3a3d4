import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { batchNormInTraining } from '../../lib/src/ops/batch-norm';
import { tf } from '../../lib/src/tensorflow/load';
import { difference, noiseTensor } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';

const EPSILON = 1e-3;

/** The formula of the paper, operation by operation. */
function byFormula(x: Tensor4D, gamma: Tensor1D, beta: Tensor1D): Tensor4D {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  return x.sub(mean).div(variance.add(EPSILON).sqrt()).mul(gamma).add(beta) as Tensor4D;
}

const fused = (x: Tensor4D, gamma: Tensor1D, beta: Tensor1D) => {
  const { y, mean, variance } = batchNormInTraining(x, gamma, beta, EPSILON);
  tf.dispose([mean, variance]);
  return y;
};

async function withTensors(
  use: (x: Tensor4D, gamma: Tensor1D, beta: Tensor1D, dy: Tensor4D) => void | Promise<void>,
) {
  await withoutLeaks(async () => {
    const tensors = [
      noiseTensor([3, 4, 5, 2], 1),
      noiseTensor([2], 2),
      noiseTensor([2], 3),
      noiseTensor([3, 4, 5, 2], 4),
    ];
    await use(...(tensors as [Tensor4D, Tensor1D, Tensor1D, Tensor4D]));
    tf.dispose(tensors);
  });
}

function assertClose(actual: Tensor, expected: Tensor, what: string): void {
  assert.deepEqual(actual.shape, expected.shape, what);
  const off = difference(actual.dataSync(), expected.dataSync());
  assert.ok(off < 1e-5, `${what} is off by ${off}`);
}

test('it normalises by the formula, and tells the mean and the variance of the batch, divided by n', async () => {
  await withTensors((x, gamma, beta) => {
    const { y, mean, variance } = batchNormInTraining(x, gamma, beta, EPSILON);
    tf.tidy(() => {
      assertClose(y, byFormula(x, gamma, beta), 'y');
      const moments = tf.moments(x, [0, 1, 2]);
      assertClose(mean, moments.mean, 'mean');
      assertClose(variance, moments.variance, 'variance');
    });
    tf.dispose([y, mean, variance]);
  });
});

test('its gradients are those of the formula', async () => {
  await withTensors((x, gamma, beta, dy) => {
    tf.tidy(() => {
      const gradients = (norm: typeof fused) =>
        tf.grads((x, gamma, beta) =>
          norm(x as Tensor4D, gamma as Tensor1D, beta as Tensor1D)
            .mul(dy)
            .sum(),
        )([x, gamma, beta]);
      const [actual, expected] = [gradients(fused), gradients(byFormula)];
      for (const [i, of] of ['x', 'gamma', 'beta'].entries())
        assertClose(actual[i], expected[i], `the gradient of ${of}`);
    });
  });
});

test('a gradient agrees with a finite difference', async () => {
  await withTensors((x, gamma, beta, dy) => {
    tf.tidy(() => {
      const loss = (gamma: Tensor) =>
        fused(x, gamma as Tensor1D, beta)
          .mul(dy)
          .sum();
      const slope = tf.grad(loss)(gamma).dataSync()[1];
      const step = tf.tensor1d([0, 0.01]);
      const measured = tf.sub(loss(gamma.add(step)), loss(gamma.sub(step))).dataSync()[0] / 0.02;
      assert.ok(Math.abs(slope - measured) < 1e-3 * Math.abs(measured), `${slope}, measured ${measured}`);
    });
  });
});

test('compiled it is the same, statistics included', async () => {
  await withTensors(async (x, gamma, beta) => {
    const norm = (x: Tensor4D, gamma: Tensor1D, beta: Tensor1D) => {
      const { y, mean, variance } = batchNormInTraining(x, gamma, beta, EPSILON);
      return [y, mean, variance];
    };
    const compiled = compile(norm);
    const [expected, actual] = [norm(x, gamma, beta), await compiled(x, gamma, beta)];
    for (const [i, what] of ['y', 'mean', 'variance'].entries()) assertClose(actual[i], expected[i], what);
    tf.dispose([expected, actual]);
    compiled.dispose();
  });
});
