/** Batch norm at inference, folded into the convolution before it: the same numbers, and only where nobody else looks. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { checkGraph, type Graph } from '../../lib/src/compile/graph';
import { optimised } from '../../lib/src/compile/optimise';
import { record } from '../../lib/src/compile/record';
import { ResNet } from '../../lib/src/model/resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { variable } from './compared';
import { float, opsOf, run } from './small-graph';

/** The graph after it was optimised; it must compute what it did, but for rounding. */
async function assertFolds(fn: (x: Tensor4D) => unknown): Promise<Graph> {
  const recording = record(fn as (...args: Tensor[]) => unknown, [float(1, 2, 2, 2)], 'the function');
  const after = optimised(recording);
  checkGraph(after.graph);
  const [expected, actual] = [(await run(recording)).flat(), (await run(after)).flat()];
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    const off = Math.abs(value - expected[i]);
    assert.ok(off <= 1e-6 * Math.max(1, Math.abs(expected[i])), `${i}: ${value}, not ${expected[i]}`);
  });
  return after.graph;
}

const kernel = variable([
  [
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ],
]); // [1, 1, 2, 3]
const bias = variable([0.5, -1, 2]);
const [mean, variance] = [variable([1, 2, 3]), variable([0.5, 1, 4])];
const [gamma, beta] = [variable([1, -2, 0.5]), variable([3, 0, 1])];

const convolved = (x: Tensor4D) => tf.conv2d(x, kernel as never, 1, 'same');
const normed = (x: Tensor4D) =>
  tf.batchNorm4d(x, mean as Tensor1D, variance as Tensor1D, beta as Tensor1D, gamma as Tensor1D, 1e-3);

test('batch norm after a convolution becomes part of its kernel and bias', async () => {
  for (const before of [convolved, (x: Tensor4D) => convolved(x).add(bias) as Tensor4D]) {
    const ops = opsOf(await assertFolds((x) => normed(before(x))));
    assert.deepEqual(
      [ops.includes('FusedBatchNorm'), ops.filter((op) => op === 'Conv2D').length],
      [false, 1],
    );
  }
});

test('it stays where the convolution is looked at by somebody else, or is none', async () => {
  const kept = async (fn: (x: Tensor4D) => unknown) => {
    assert.ok(opsOf(await assertFolds(fn)).includes('FusedBatchNorm'));
  };
  await kept((x) => {
    const y = convolved(x);
    return [normed(y), y.square()];
  });
  await kept((x) => {
    const y = convolved(x).add(bias) as Tensor4D;
    return [normed(y), y];
  });
  await kept((x) => normed(tf.concat([x, x.slice([0, 0, 0, 0], [1, 2, 2, 1])], 3)));
});

test("the article's net predicts without batch norm, and follows its variables", async () => {
  const model = ResNet(10, { seed: 1 });
  const images = tf.randomUniform([2, 32, 32, 3], 0, 1, 'float32', 1);
  const predict = (x: Tensor) => model.apply(x, { training: false }) as Tensor;
  const { graph } = optimised(record(predict, [float(2, 32, 32, 3)], 'predict'));
  assert.ok(!opsOf(graph).some((op) => op.startsWith('FusedBatchNorm')));
  assert.ok(graph.variables.some(({ name }) => name.includes('moving_variance')));
  images.dispose();
  model.dispose();
});
