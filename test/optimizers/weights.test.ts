/** Saving and restoring: training that goes on has the bits of training that was never interrupted. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { NamedTensor } from '@tensorflow/tfjs-core/dist/tensor_types';
import type { Scalar, Variable } from '@tensorflow/tfjs-node-gpu';
import { adamW } from '../../lib/src/optimizers/adam-w';
import { sgd } from '../../lib/src/optimizers/sgd';
import { tf } from '../../lib/src/tensorflow/load';
import { variable } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';
import { type OurOptimizer, RATES, type Regression, RUNNERS, regression } from './regression';

const OPTIMIZERS: Record<string, () => OurOptimizer> = {
  SGD: () => sgd({ learningRate: 1, weightDecay: 0.1, decay: 'decoupled' }),
  'SGD with momentum': () => sgd({ learningRate: 1, momentum: 0.9, weightDecay: 0.1 }),
  "SGD with Keras's momentum": () =>
    sgd({ learningRate: 1, momentum: 0.9, nesterov: true, momentumForm: 'keras' }),
  AdamW: () => adamW({ weightDecay: 0.1 }),
};

async function steps({ step }: Regression, rates = RATES): Promise<void> {
  for (const rate of rates) await step(rate);
}

/** What a file would hold: names, shapes and bits, and nothing that changes later. The caller disposes the tensors. */
async function saved(optimizer: OurOptimizer): Promise<NamedTensor[]> {
  const weights = await optimizer.getWeights();
  const copies = weights.map(({ name, tensor }) => ({
    name,
    tensor: tf.tensor(tensor.dataSync().slice(), tensor.shape, tensor.dtype),
  }));
  weights[0].tensor.dispose();
  return copies;
}

const tensorsOf = (weights: NamedTensor[]) => weights.map(({ tensor }) => tensor);
const bits = (weights: NamedTensor[]) =>
  weights.map(({ tensor }) => Buffer.from(tensor.dataSync().slice().buffer).toString('hex'));

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  for (const runner of RUNNERS) {
    test(`${name}, ${runner}: five steps more after restoring have the same bits`, async () => {
      await withoutLeaks(async () => {
        const straight = regression(make(), runner);
        await steps(straight);
        const weights = await saved(straight.optimizer);
        const resumed = regression(make(), runner, straight.values());
        await resumed.optimizer.setWeights(weights);
        assert.equal(resumed.optimizer.iterations, 5);
        await steps(straight);
        await steps(resumed);
        assert.deepEqual(resumed.values(), straight.values());
        const ends = [await saved(straight.optimizer), await saved(resumed.optimizer)];
        assert.deepEqual(bits(ends[1]), bits(ends[0]));
        assert.equal(resumed.optimizer.iterations, 10);
        straight.dispose();
        resumed.dispose();
        tf.dispose([weights, ...ends].flatMap(tensorsOf));
      });
    });

    test(`${name}, ${runner}: restored in the middle it goes back, without recording again`, async () => {
      await withoutLeaks(async () => {
        const ours = regression(make(), runner);
        const start = await saved(ours.optimizer);
        const first = ours.values();
        await steps(ours);
        const [graph, after] = [ours.graph(), ours.values()];
        const middle = await saved(ours.optimizer);
        await steps(ours);
        await ours.optimizer.setWeights(middle);
        const again = await saved(ours.optimizer);
        assert.deepEqual(bits(again), bits(middle));

        await ours.optimizer.setWeights(start); // of before the first step, when there were no averages
        assert.equal(ours.optimizer.iterations, 0);
        setValues(ours, first);
        await steps(ours);
        assert.deepEqual(ours.values(), after);
        assert.equal(ours.graph(), graph);
        ours.dispose();
        tf.dispose([start, middle, again].flatMap(tensorsOf));
      });
    });
  }
}

function setValues({ variables: [kernel, bias] }: Regression, values: number[]): void {
  tf.tidy(() => kernel.assign(tf.tensor(values.slice(0, 6), [3, 2])));
  tf.tidy(() => bias.assign(tf.tensor(values.slice(6), [2])));
}

test('eagerly saved, compiled on: the optimizer is the same one', async () => {
  const [straight, resumed] = [regression(adamW(), 'eager'), regression(adamW(), 'compiled')];
  await steps(straight);
  setValues(resumed, straight.values());
  const weights = await saved(straight.optimizer);
  await resumed.optimizer.setWeights(weights);
  await steps(straight);
  await steps(resumed);
  resumed.values().forEach((value, i) => {
    assert.ok(Math.abs(value - straight.values()[i]) < 1e-6);
  });
  for (const each of [straight, resumed]) each.dispose();
  tf.dispose(tensorsOf(weights));
});

test('weights are named as in TensorFlow.js, the count of steps first, and are not trained', async () => {
  await withoutLeaks(async () => {
    const names: string[][] = [];
    for (const make of Object.values(OPTIMIZERS)) {
      const ours = regression(make(), 'eager');
      await steps(ours);
      const weights = await ours.optimizer.getWeights();
      const [kernel, bias] = ours.variables;
      const plain = (name: string) => name.replace(kernel.name, 'kernel').replace(bias.name, 'bias');
      names.push(weights.map(({ name }) => plain(name)));
      assert.deepEqual([weights[0].tensor.dtype, weights[0].tensor.dataSync()[0]], ['int32', 5]);
      assert.ok(weights.slice(1).every(({ tensor }) => !(tensor as Variable).trainable));
      weights[0].tensor.dispose();
      ours.dispose();
    }
    const momentum = ['iter', 'kernel/momentum', 'bias/momentum'];
    const moments = ['kernel/m', 'bias/m', 'kernel/v', 'bias/v'];
    assert.deepEqual(names, [['iter'], momentum, momentum, ['iter', 'm/filled', 'v/filled', ...moments]]);
  });
});

test('after t steps AdamW has 1 - beta^t to the precision of float32', async () => {
  const ours = regression(adamW(), 'compiled');
  await steps(ours, Array(20).fill(0.01));
  const weights = await saved(ours.optimizer);
  [0.9, 0.999].forEach((beta, i) => {
    const exact = 1 - Math.fround(beta) ** 20;
    const off = Math.abs(weights[1 + i].tensor.dataSync()[0] / exact - 1);
    assert.ok(off < 5e-7, `off by ${off} of ${exact}`);
  });
  ours.dispose();
  tf.dispose(tensorsOf(weights));
});

test('one optimizer may train two lists of variables in turn: each has its own averages', async () => {
  await withoutLeaks(() => {
    const make = () => sgd({ learningRate: 0.1, momentum: 0.9 });
    const start = () => [
      variable([1, 2], { trainable: true }),
      variable([[3], [4], [5]], { trainable: true }),
    ];
    const [together, apart] = [start(), start()];
    const [both, ...single] = [make(), make(), make()];
    const step = (optimizer: OurOptimizer, w: Variable) =>
      tf.tidy(() => {
        optimizer.minimize(() => w.square().sum() as Scalar, false, [w]);
      });
    for (let i = 0; i < 3; i++) {
      together.forEach((w) => {
        step(both, w);
      });
      apart.forEach((w, at) => {
        step(single[at], w);
      });
    }
    together.forEach((w, at) => {
      assert.deepEqual(w.arraySync(), apart[at].arraySync());
    });
    for (const each of [both, ...single]) each.dispose();
    tf.dispose([together, apart]);
  });
});

test('weights of another optimizer or of other variables are refused, and nothing is changed', async () => {
  await withoutLeaks(async () => {
    const ours = regression(OPTIMIZERS.AdamW(), 'eager');
    await steps(ours);
    const before = await saved(ours.optimizer);
    const other = before.map(({ name, tensor }, i) => ({ name, tensor: i === 4 ? tf.zeros([5]) : tensor }));
    const cases: [NamedTensor[], RegExp][] = [
      [
        [],
        /^RangeError: invalid weights; not those of AdamW with these settings, iter, 2 numbers, 2 for each variable: 0 that begin/,
      ],
      [before.slice(1), /: 6 that begin with m\/filled; give what getWeights returned$/],
      [before.slice(0, 6), /: 6 that begin with iter; give what getWeights returned$/],
      [
        other,
        /^RangeError: cannot restore .*\/m; .*\/m has another shape: \[5\] instead of \[2\]; give weights of an optimizer that trained the same variables in this order$/,
      ],
    ];
    for (const [weights, message] of cases) await assert.rejects(ours.optimizer.setWeights(weights), message);
    const plain = sgd({ learningRate: 1 });
    await assert.rejects(
      plain.setWeights(before),
      /not those of Sgd with these settings, iter, 0 numbers, 0 for/,
    );
    const after = await saved(ours.optimizer);
    assert.deepEqual(bits(after), bits(before));
    tf.dispose([before, after, other].flatMap(tensorsOf));
    plain.dispose();
    ours.dispose();
  });
});

test('restored weights that do not fit the variable at their place are refused at the first step', async () => {
  for (const runner of RUNNERS) {
    await withoutLeaks(async () => {
      const ours = regression(sgd({ learningRate: 1, momentum: 0.9 }), runner);
      const weights = [
        { name: 'iter', tensor: tf.scalar(1, 'int32') },
        { name: 'other/momentum', tensor: tf.zeros([4]) },
      ];
      await ours.optimizer.setWeights(weights);
      await assert.rejects(
        ours.step(0.1),
        /^RangeError: cannot update .*; the optimizer's weight at its place, other\/momentum, has another shape: \[4\] instead of \[3,2\]; restore/,
      );
      tf.dispose(tensorsOf(weights));
      ours.dispose();
    });
  }
});
