import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { profiledStep } from '../../lib/src/compile/profile';
import { adam, applied, batchNormalization, conv2d, denseSoftmax } from '../../lib/src/model/keras-defaults';
import { tf } from '../../lib/src/tensorflow/load';
import { encodeMessage } from '../../lib/src/tensorflow/messages';
import { withoutLeaks } from '../no-leaks';
import { classesInTurn, disposeOptimizer, noiseTensor, stepOf } from './compared';

function smallModel() {
  const images = tf.input({ shape: [8, 8, 3] });
  let x = conv2d(4, 3, { name: 'conv', seed: 1 })(images);
  x = batchNormalization({ name: 'norm' })(x);
  x = applied(tf.layers.reLU({ name: 'relu' }))(x);
  x = applied(tf.layers.flatten({ name: 'flat' }))(x);
  const model = tf.model({ inputs: images, outputs: denseSoftmax(3, { name: 'head', seed: 1 })(x) });
  model.compile({ optimizer: adam(), loss: 'categoricalCrossentropy' });
  return model;
}

test('a profile has the operations of a training step with their layers and passes, and the step counts', async () => {
  await withoutLeaks(async () => {
    const model = smallModel();
    const data = [noiseTensor([6, 8, 8, 3], 1), classesInTurn(6, 3)];
    const step = compile(stepOf(model));
    const { ops, duration } = await step.profile(...data);
    assert.equal(model.optimizer.iterations, 1);
    const passes = (layer: string) => new Set(ops.filter((op) => op.layer === layer).map(({ pass }) => pass));
    for (const layer of ['conv', 'norm', 'head'])
      assert.deepEqual(passes(layer), new Set(['forward', 'backward']), layer);
    const updates = ops
      .filter(({ pass }) => pass === 'update')
      .map(({ op }) => op)
      .sort();
    const expected = [...Array(4).fill('AssignVariableOp'), ...Array(6).fill('ResourceApplyAdam')]; // 2 of the norm, 2 of Adam
    assert.deepEqual(updates, expected);
    assert.ok(
      ops.some(
        ({ op, pass, layer }) => /Conv2DBackpropFilter/.test(op) && pass === 'backward' && layer === 'conv',
      ),
    );
    assert.equal(ops[0].start, 0);
    assert.ok(
      ops.every(({ start }, i) => i === 0 || start >= ops[i - 1].start),
      'in order',
    );
    assert.ok(
      ops.every(({ start, duration: each }) => each >= 0 && start + each <= duration + 1),
      'within the step',
    );
    assert.ok(
      ops.every(({ device }) => /^(CPU|GPU):\d/.test(device)),
      ops[0].device,
    );
    step.dispose();
    disposeOptimizer(model.optimizer);
    model.dispose();
    tf.dispose(data);
  });
});

test('a profiled call takes its turn among the others', async () => {
  await withoutLeaks(async () => {
    const sum = tf.tidy(() => tf.variable(tf.scalar(1), false));
    const step = compile((x: Tensor) => {
      sum.assign(sum.mul(10).add(x) as never);
      return sum.clone();
    });
    const [two, three, four] = [2, 3, 4].map((value) => tf.scalar(value));
    const [first, , last] = await Promise.all([step(two), step.profile(three), step(four)]);
    assert.deepEqual([first.dataSync()[0], last.dataSync()[0], sum.dataSync()[0]], [12, 1234, 1234]);
    tf.dispose([first, last, two, three, four]);
    step.dispose();
    sum.dispose();
  });
});

test('a profile of what cannot be called is refused as the call is', async () => {
  const step = compile(function step(x: Tensor) {
    return x.mul(2);
  });
  await assert.rejects(
    step.profile(5 as never),
    /^TypeError: cannot call step; every argument must be a tensor: argument 1 is number 5/,
  );
  step.dispose();
});

test("a GPU's kernels, which TensorFlow times in microseconds only, stand on the same clock as the other operations", () => {
  const onProcessor = {
    nodeName: 'host',
    allStartNanos: 5_000_000,
    opStartRelNanos: 1000,
    opEndRelNanos: 3500,
  };
  const kernel = { nodeName: 'kernel', allStartMicros: 4990, opStartRelMicros: 0, opEndRelMicros: 40 };
  const metadata = encodeMessage('RunMetadata', {
    stepStats: {
      devStats: [
        { device: '/device:CPU:0', nodeStats: [onProcessor] },
        { device: '/device:GPU:0/stream:all', nodeStats: [kernel] },
      ],
    },
  });
  const { ops, duration } = profiledStep(metadata, {
    nodes: [],
    inputs: [],
    results: [],
    variables: [],
    effects: [],
  });
  const times = ops.map(({ node, start, duration }) => [node, start, duration]);
  assert.deepEqual(times, [
    ['kernel', 0, 40],
    ['host', 11, 2.5],
  ]);
  assert.equal(duration, 40);
});
