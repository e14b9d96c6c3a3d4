/** Every optimizer of TensorFlow.js, and our Adam, in compiled functions. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type {
  LayersModel,
  Optimizer,
  Scalar,
  SymbolicTensor,
  Tensor,
  Variable,
} from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { adam, applied } from '../../lib/src/model/keras-defaults';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { assertOptimizerTrainsAlike, difference, disposeOptimizer, variable } from './compared';

const optimizers: Record<string, () => Optimizer> = {
  SGD: () => tf.train.sgd(0.05),
  'SGD with momentum': () => tf.train.momentum(0.02, 0.9),
  "SGD with Nesterov's momentum": () => tf.train.momentum(0.02, 0.9, true),
  Adam: () => tf.train.adam(0.001),
  'Adam with a large epsilon': () => tf.train.adam(0.01, 0.8, 0.99, 0.1),
  'the Adam of Keras': () => adam(),
  AdaMax: () => tf.train.adamax(0.01),
  'AdaMax with decay': () => tf.train.adamax(0.01, 0.9, 0.999, 1e-7, 0.1),
  Adagrad: () => tf.train.adagrad(0.05),
  Adadelta: () => tf.train.adadelta(0.5),
  RMSProp: () => tf.train.rmsprop(0.01),
  'RMSProp with momentum': () => tf.train.rmsprop(0.005, 0.9, 0.5),
  'centred RMSProp': () => tf.train.rmsprop(0.005, 0.9, 0, 1e-3, true),
};

function smallNet(): LayersModel {
  const seeded = (seed: number) => tf.initializers.glorotUniform({ seed });
  const input = tf.input({ shape: [6, 6, 2] });
  let x: SymbolicTensor = input;
  x = applied(
    tf.layers.conv2d({ filters: 3, kernelSize: 3, activation: 'tanh', kernelInitializer: seeded(1) }),
  )(x);
  x = applied(tf.layers.flatten({}))(x);
  x = applied(tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: seeded(2) }))(x);
  return tf.model({ inputs: input, outputs: x });
}

/** TensorFlow.js subtracts epsilon under its root, and makes NaN of small gradients, eagerly too. */
const { 'centred RMSProp': _, ...soundOptimizers } = optimizers;

for (const [name, make] of Object.entries(soundOptimizers)) {
  test(`${name}: ten compiled steps have the losses and gradients of ten eager ones`, async () => {
    await withoutLeaks(() => assertOptimizerTrainsAlike(smallNet, make));
  });
}

/** Minimises sum(w²), so that the weight itself tells what the optimizer did. */
function stepping(optimizer: Optimizer, weight: Variable) {
  return () => {
    optimizer.minimize(() => weight.square().sum() as Scalar, false, [weight]);
    return weight.clone();
  };
}

const numberOf = (tensor: Tensor) => {
  const [value] = tensor.dataSync();
  tensor.dispose();
  return value;
};

for (const [name, make] of Object.entries(optimizers)) {
  test(`${name}: eager and compiled steps may take turns`, async () => {
    await withoutLeaks(async () => {
      const [weight, twin] = [variable(3, { trainable: true }), variable(3, { trainable: true })];
      const [optimizer, other] = [make(), make()];
      const [eager, compiled, reference] = [
        stepping(optimizer, weight),
        compile(stepping(optimizer, weight)),
        stepping(other, twin),
      ];
      for (let step = 1; step <= 6; step++) {
        const expected = numberOf(tf.tidy(reference));
        const actual = numberOf(step % 3 === 0 ? tf.tidy(eager) : await compiled());
        assert.ok(Math.abs(actual - expected) < 1e-5, `step ${step}: ${actual} instead of ${expected}`);
        assert.equal(optimizer.iterations, other.iterations, 'the steps that are counted');
      }
      compiled.dispose();
      for (const each of [optimizer, other]) disposeOptimizer(each);
      tf.dispose([weight, twin]);
    });
  });

  test(`${name}: a learning rate that changes is seen by the next compiled step`, async () => {
    await withoutLeaks(async () => {
      const [weight, twin] = [variable(3, { trainable: true }), variable(3, { trainable: true })];
      const [optimizer, other] = [make(), make()];
      const [compiled, reference] = [compile(stepping(optimizer, weight)), stepping(other, twin)];
      for (let step = 1; step <= 5; step++) {
        const expected = numberOf(tf.tidy(reference));
        const actual = numberOf(await compiled());
        assert.ok(Math.abs(actual - expected) < 1e-5, `step ${step}: ${actual} instead of ${expected}`);
        for (const each of [optimizer, other]) setRate(each, 0.1 / step);
      }
      compiled.dispose();
      for (const each of [optimizer, other]) disposeOptimizer(each);
      tf.dispose([weight, twin]);
    });
  });
}

/** SGD's own way, and for the others their field, which TensorFlow.js reads at every step. */
function setRate(optimizer: Optimizer, rate: number): void {
  if ('setLearningRate' in optimizer)
    (optimizer as unknown as { setLearningRate(rate: number): void }).setLearningRate(rate);
  else (optimizer as unknown as { learningRate: number }).learningRate = rate;
}

test('the learning rate of SGD, momentum and Adam is live: another one needs no other graph', async () => {
  for (const make of [
    () => tf.train.sgd(0.1),
    () => tf.train.momentum(0.1, 0.9),
    () => tf.train.adam(0.1),
    () => adam(0.1),
  ]) {
    const weight = variable(3, { trainable: true });
    const optimizer = make();
    const compiled = compile(stepping(optimizer, weight));
    tf.dispose(await compiled());
    const { graph } = compiled;
    setRate(optimizer, 0.01);
    tf.dispose(await compiled());
    assert.equal(compiled.graph, graph);
    assert.equal(graph?.inputs.filter(({ live }) => live).length, 1);
    compiled.dispose();
    disposeOptimizer(optimizer);
    weight.dispose();
  }
});

test('other settings that change are recorded anew', async () => {
  const weight = variable(3, { trainable: true });
  const twin = variable(3, { trainable: true });
  const [optimizer, other] = [tf.train.adam(0.1), tf.train.adam(0.1)] as unknown as (Optimizer & {
    beta1: number;
  })[];
  const [compiled, reference] = [compile(stepping(optimizer, weight)), stepping(other, twin)];
  for (const beta1 of [0.9, 0.5, 0]) {
    for (const each of [optimizer, other]) each.beta1 = beta1;
    const [actual, expected] = [numberOf(await compiled()), numberOf(tf.tidy(reference))];
    assert.ok(Math.abs(actual - expected) < 1e-5, `beta1 ${beta1}: ${actual} instead of ${expected}`);
  }
  compiled.dispose();
  for (const each of [optimizer, other]) each.dispose();
  tf.dispose([weight, twin]);
});

for (const [name, make] of Object.entries(optimizers)) {
  test(`${name}: two steps in one function, with the weight before, between and after them`, async () => {
    await withoutLeaks(async () => {
      const twice = (optimizer: Optimizer, weight: Variable) => () => {
        const step = stepping(optimizer, weight);
        return [weight.clone(), step(), weight.mul(1), step(), weight.clone()];
      };
      const [weight, twin] = [variable([3, -1], { trainable: true }), variable([3, -1], { trainable: true })];
      const [optimizer, other] = [make(), make()];
      const compiled = compile(twice(optimizer, weight));
      const [actual, expected] = [await compiled(), tf.tidy(twice(other, twin))];
      for (const [i, tensor] of actual.entries()) {
        const off = difference(tensor.dataSync(), expected[i].dataSync());
        assert.ok(off < 1e-5, `result ${i}: ${tensor} instead of ${expected[i]}`);
      }
      assert.equal(optimizer.iterations, 2);
      tf.dispose([actual, expected]);
      compiled.dispose();
      for (const each of [optimizer, other]) disposeOptimizer(each);
      tf.dispose([weight, twin]);
    });
  });
}

test('two optimizers may step in one function', async () => {
  await withoutLeaks(async () => {
    const [x, y] = [variable(1, { trainable: true }), variable(1, { trainable: true })];
    const [slow, fast] = [tf.train.sgd(0.1), tf.train.sgd(0.25)];
    const both = compile(() => [stepping(slow, x)(), stepping(fast, y)(), stepping(fast, y)()]);
    const results = await both();
    assert.deepEqual(
      results.map((result) => Number(result.dataSync()[0].toFixed(6))),
      [0.8, 0.5, 0.25],
    );
    assert.deepEqual([slow.iterations, fast.iterations], [1, 2]);
    tf.dispose(results);
    both.dispose();
    for (const each of [slow, fast]) each.dispose();
    tf.dispose([x, y]);
  });
});

test('a subclass of an optimizer is recorded as it is written', async () => {
  await withoutLeaks(async () => {
    class SignSgd extends tf.SGDOptimizer {
      override applyGradients(named: { name: string; tensor: Tensor }[]): void {
        tf.tidy(() =>
          super.applyGradients(named.map(({ name, tensor }) => ({ name, tensor: tensor.sign() })) as never),
        );
      }
    }
    const weight = variable(3, { trainable: true });
    const optimizer = new SignSgd(0.5);
    const compiled = compile(stepping(optimizer, weight));
    assert.deepEqual([numberOf(await compiled()), numberOf(await compiled())], [2.5, 2]);
    compiled.dispose();
    optimizer.dispose();
    weight.dispose();
  });
});
