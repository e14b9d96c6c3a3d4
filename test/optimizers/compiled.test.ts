/** The optimizers in compiled functions, beside the same steps operation by operation. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, Scalar, SymbolicTensor, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { Patches } from '../../lib/src/compile/patches';
import { logAssignments } from '../../lib/src/compile/watch';
import { applied } from '../../lib/src/model/keras-defaults';
import { adamW } from '../../lib/src/optimizers/adam-w';
import { biasesAndNorms } from '../../lib/src/optimizers/groups';
import { sgd } from '../../lib/src/optimizers/sgd';
import { tf } from '../../lib/src/tensorflow/load';
import { train } from '../../lib/src/train/train';
import { assertOptimizerTrainsAlike, difference, variable } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit } from '../train/tiny-problem';
import { type OurOptimizer, RATES, regression } from './regression';

const noBiasDecay = { variables: biasesAndNorms, weightDecay: 0 };
const rate = { learningRate: 0.02 };
const momentum = { ...rate, momentum: 0.9 };

interface Optimizing {
  readonly make: () => OurOptimizer;
  /** Of the two variables of the regression, a kernel and a bias, in one step. */
  readonly ops: string[];
}

const DECAYED = ['AssignVariableOp'];
const OPTIMIZERS: Record<string, Optimizing> = {
  SGD: { make: () => sgd(rate), ops: Array(2).fill('ResourceApplyGradientDescent') },
  'SGD with momentum': { make: () => sgd(momentum), ops: Array(2).fill('ResourceApplyMomentum') },
  "SGD with Nesterov's momentum": {
    make: () => sgd({ ...momentum, nesterov: true }),
    ops: Array(2).fill('ResourceApplyMomentum'),
  },
  "SGD with Keras's momentum": {
    make: () => sgd({ ...momentum, momentumForm: 'keras' }),
    ops: Array(2).fill('ResourceApplyKerasMomentum'),
  },
  "SGD with Keras's form of Nesterov's momentum": {
    make: () => sgd({ ...momentum, momentumForm: 'keras', nesterov: true }),
    ops: Array(2).fill('ResourceApplyKerasMomentum'),
  },
  'SGD with coupled decay': {
    make: () => sgd({ ...momentum, weightDecay: 0.1, decay: 'coupled' }),
    ops: Array(2).fill('ResourceApplyMomentum'),
  },
  'SGD with decoupled decay of the kernel': {
    make: () => sgd({ ...momentum, weightDecay: 0.1, decay: 'decoupled', groups: [noBiasDecay] }),
    ops: [...DECAYED, ...Array(2).fill('ResourceApplyMomentum')],
  },
  AdamW: {
    make: () => adamW({ ...rate, weightDecay: 0.1, groups: [{ ...noBiasDecay, rate: 0.5 }] }),
    ops: [...Array(2).fill('AssignVariableOp'), ...DECAYED, ...Array(2).fill('ResourceApplyAdam')], // 2 numbers of its own
  },
};

function smallNet(): LayersModel {
  const kernelInitializer = (seed: number) => tf.initializers.glorotUniform({ seed });
  const conv = { filters: 3, kernelSize: 3, kernelInitializer: kernelInitializer(1) };
  const input = tf.input({ shape: [6, 6, 2] });
  let x: SymbolicTensor = applied(tf.layers.conv2d({ ...conv, activation: 'tanh' }))(input);
  x = applied(tf.layers.batchNormalization())(x);
  x = applied(tf.layers.flatten())(x);
  const head = { units: 3, kernelInitializer: kernelInitializer(2) };
  x = applied(tf.layers.dense({ ...head, activation: 'softmax' }))(x);
  return tf.model({ inputs: input, outputs: x });
}

for (const [name, { make, ops }] of Object.entries(OPTIMIZERS)) {
  test(`${name}: ten compiled steps of a model have the losses and gradients of ten eager ones`, async () => {
    await withoutLeaks(() => assertOptimizerTrainsAlike(smallNet, make));
  });

  test(`${name}: eager and compiled steps may take turns, at any rate, and nothing is recorded again`, async () => {
    await withoutLeaks(async () => {
      const [weight, twin] = [3, 3].map((value) => variable([value, -1], { trainable: true }));
      const [optimizer, other] = [make(), make()];
      const [eager, compiled, reference] = [
        stepping(optimizer, weight),
        compile(stepping(optimizer, weight)),
        stepping(other, twin),
      ];
      const graphs = new Set<unknown>();
      for (const [i, learningRate] of [...RATES, ...RATES].entries()) {
        for (const each of [optimizer, other]) each.learningRate = learningRate;
        const expected = tf.tidy(reference);
        const actual = i % 3 === 2 ? tf.tidy(eager) : await compiled();
        const off = difference(actual.dataSync(), expected.dataSync());
        assert.ok(off < 1e-6, `step ${i + 1}: ${actual} instead of ${expected}`);
        assert.equal(optimizer.iterations, i + 1);
        graphs.add(compiled.graph);
        tf.dispose([expected, actual]);
      }
      assert.equal(graphs.size, 1);
      compiled.dispose();
      for (const each of [optimizer, other]) each.dispose();
      tf.dispose([weight, twin]);
    });
  });

  test(`${name}: two steps in one function, with the weight before, between and after them`, async () => {
    await withoutLeaks(async () => {
      const twice = (optimizer: OurOptimizer, weight: Variable) => () => {
        const step = stepping(optimizer, weight);
        return [weight.clone(), step(), weight.mul(1), step(), weight.clone()];
      };
      const [weight, twin] = [3, 3].map((value) => variable([value, -1], { trainable: true }));
      const [optimizer, other] = [make(), make()];
      const compiled = compile(twice(optimizer, weight));
      const [actual, expected] = [await compiled(), tf.tidy(twice(other, twin))];
      for (const [i, tensor] of actual.entries()) {
        const off = difference(tensor.dataSync(), expected[i].dataSync());
        assert.ok(off < 1e-6, `result ${i}: ${tensor} instead of ${expected[i]}`);
      }
      assert.equal(optimizer.iterations, 2);
      tf.dispose([actual, expected, weight, twin]);
      compiled.dispose();
      for (const each of [optimizer, other]) each.dispose();
    });
  });

  test(`${name}: a compiled step writes by ${[...new Set(ops)].join(' and ')}`, async () => {
    const ours = regression(make(), 'compiled');
    await ours.step(0.1);
    const { nodes } = ours.graph() as { nodes: { op: string }[] };
    const writes = nodes.filter(({ op }) => op === 'AssignVariableOp' || op.startsWith('ResourceApply'));
    assert.deepEqual(writes.map(({ op }) => op).sort(), [...ops].sort());
    ours.dispose();
  });
}

/** Minimises sum(w²), so that the weight itself tells what the optimizer did. */
function stepping(optimizer: OurOptimizer, weight: Variable) {
  return () => {
    optimizer.minimize(() => weight.square().sum() as Scalar, false, [weight]);
    return weight.clone();
  };
}

test('train() takes them: compiled, the losses are those of eager training, and nothing is left behind', async () => {
  await withoutLeaks(async () => {
    const split = tinySplit(24);
    for (const make of [
      () => sgd({ ...momentum, weightDecay: 1e-2 }),
      () => adamW({ weightDecay: 0.1, groups: [noBiasDecay] }),
    ]) {
      const losses: number[][] = [];
      for (const compile of [false, {}] as const) {
        const model = tinyModel({ compiled: false });
        const optimizer = make();
        model.compile({ optimizer, loss: 'categoricalCrossentropy' });
        const own: number[] = [];
        for await (const record of train(model, split, { epochs: 2, batchSize: 8, compile })) {
          if (record.kind === 'step') own.push(record.loss);
        }
        assert.deepEqual([own.length, optimizer.iterations], [6, 6]);
        losses.push(own);
        optimizer.dispose();
        model.dispose();
      }
      assert.ok(difference(losses[1], losses[0]) < 1e-5, `${losses[1]} instead of ${losses[0]}`);
    }
  });
});

test('a recording that fails leaves the optimizer as it was', async () => {
  for (const make of [() => sgd(momentum), () => adamW(rate)]) {
    await withoutLeaks(async () => {
      const weight = variable([3, -1], { trainable: true });
      const optimizer = make();
      const step = stepping(optimizer, weight);
      const failing = compile(() => step().dataSync());
      await assert.rejects(failing(), /^TypeError: cannot record the reading of a tensor/);
      assert.equal(optimizer.iterations, 0);
      const working = compile(step);
      const [twin, other] = [variable([3, -1], { trainable: true }), make()];
      const [actual, expected] = [await working(), tf.tidy(stepping(other, twin))];
      assert.ok(difference(actual.dataSync(), expected.dataSync()) < 1e-6, `${actual} not ${expected}`);
      for (const each of [failing, working, optimizer, other]) each.dispose();
      tf.dispose([weight, twin, actual, expected]);
    });
  }
});

test('a step whose assignments are taken back, as loss scaling does, changes nothing that it remembers', async () => {
  for (const make of [() => sgd(momentum), () => adamW({ ...rate, weightDecay: 0.1 })]) {
    for (const run of [eagerly, compile] as ((step: () => Tensor) => Steps)[]) {
      await withoutLeaks(async () => {
        const [weight, twin] = [3, 3].map((value) => variable([value, -1], { trainable: true }));
        const [optimizer, other] = [make(), make()];
        const [steps, tried] = [
          run(stepping(optimizer, weight)),
          run(takenBack(stepping(optimizer, weight))),
        ];
        const reference = run(stepping(other, twin));
        const results = [await steps(), await tried(), await tried(), await steps()];
        const expected = [await reference(), await reference()];
        assert.deepEqual(results.at(-1)?.arraySync(), expected.at(-1)?.arraySync());
        assert.equal(optimizer.iterations, 4);
        for (const each of [steps, tried, reference]) each.dispose?.();
        for (const each of [optimizer, other]) each.dispose();
        tf.dispose([weight, twin, ...results, ...expected]);
      });
    }
  }
});

type Steps = (() => Promise<Tensor>) & { dispose?(): void };

const eagerly = (step: () => Tensor) => async () => tf.tidy(step);

function takenBack(step: () => Tensor) {
  return () => {
    const patches = new Patches();
    const before = new Map<Variable, Tensor>();
    logAssignments(patches, before);
    const result = step();
    patches.restore();
    for (const [changed, old] of before) {
      changed.assign(old);
      old.dispose();
    }
    return result;
  };
}
