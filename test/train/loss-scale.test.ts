/** Loss scaling is for float16, which needs a GPU; what it does to a step shows in float32 as well. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Optimizer, Scalar, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { Patches } from '../../lib/src/compile/patches';
import { adam } from '../../lib/src/model/keras-defaults';
import { tf } from '../../lib/src/tensorflow/load';
import { LossScale } from '../../lib/src/train/loss-scale';
import { installMinimise } from '../../lib/src/train/minimise';
import { disposeOptimizer } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';

const weightOf = () => tf.tidy(() => tf.tensor1d([1, -2, 3]).variable());

/** One step towards x * w = 0. */
const stepOf = (optimizer: Optimizer, w: Variable, scale?: LossScale) => (x: Tensor) => {
  const patches = new Patches();
  installMinimise(optimizer, patches, { forms: {}, lossScale: scale, later: 0 }, () => {});
  try {
    return tf.tidy(() => optimizer.minimize(() => x.mul(w).square().sum() as Scalar, true, [w])!);
  } finally {
    patches.restore();
  }
};

async function steps(step: (x: Tensor) => Tensor | Promise<Tensor>, w: Variable, xs: readonly number[]) {
  const seen: number[][] = [];
  for (const value of xs) {
    const x = tf.scalar(value);
    const loss = await step(x);
    seen.push([loss.dataSync()[0], ...w.dataSync()]);
    tf.dispose([x, loss]);
  }
  return seen;
}

const OPTIMIZERS: Record<string, () => Optimizer> = {
  sgd: () => tf.train.sgd(0.01),
  momentum: () => tf.train.momentum(0.01, 0.9),
  adam: () => adam(0.01),
  rmsprop: () => tf.train.rmsprop(0.01),
};

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  test(`${name}: steps are those without a scale, and one that overflows changes nothing and halves it`, async () => {
    await withoutLeaks(async () => {
      for (const run of [(fn: ReturnType<typeof stepOf>) => fn, compile] as ((fn: unknown) => unknown)[]) {
        const [plain, scaled, scale] = [weightOf(), weightOf(), new LossScale()];
        const [one, other] = [make(), make()];
        const expected = await steps(stepOf(one, plain), plain, [1, 0.5]);
        const step = run(stepOf(other, scaled, scale)) as ReturnType<typeof stepOf> & { dispose?(): void };
        const actual = await steps(step, scaled, [1, 1e19, 0.5]); // (1e19)^2 is no float32
        assert.ok(!Number.isFinite(actual[1][0]));
        assert.deepEqual(actual[1].slice(1), actual[0].slice(1));
        [actual[0], actual[2]].forEach((values, i) => {
          values.forEach((value, at) => {
            const off = Math.abs(value - expected[i][at]);
            assert.ok(off <= 1e-5 * Math.max(1, Math.abs(value)), `step ${i}: ${values}, not ${expected[i]}`);
          });
        });
        assert.equal(scale.value, 2 ** 14);
        step.dispose?.();
        scale.dispose();
        for (const optimizer of [one, other]) disposeOptimizer(optimizer);
        tf.dispose([plain, scaled]);
      }
    });
  });
}

test('after 2,000 good steps the scale is doubled', async () => {
  await withoutLeaks(async () => {
    const [w, scale, optimizer] = [weightOf(), new LossScale(), tf.train.sgd(0)];
    const step = compile(stepOf(optimizer, w, scale));
    await steps(step, w, new Array(1999).fill(1));
    assert.equal(scale.value, 2 ** 15);
    await steps(step, w, [1]);
    assert.equal(scale.value, 2 ** 16);
    step.dispose();
    scale.dispose();
    optimizer.dispose();
    w.dispose();
  });
});
