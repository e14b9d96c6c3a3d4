import assert from 'node:assert/strict';
import test from 'node:test';
import type { Optimizer, Scalar, Variable } from '@tensorflow/tfjs-node-gpu';
import { adam } from '../../lib/src/model/keras-defaults';
import { adamW } from '../../lib/src/optimizers/adam-w';
import { sgd } from '../../lib/src/optimizers/sgd';
import { tf } from '../../lib/src/tensorflow/load';
import { optimizerState, restoreOptimizer } from '../../lib/src/train/optimizer-state';
import { copyOf, type WeightCopies } from '../../lib/src/train/weight-copy';
import { disposeOptimizer } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';

const OPTIMIZERS: Readonly<Record<string, () => Optimizer>> = {
  sgd: () => sgd({ learningRate: 0.1, momentum: 0.9 }),
  adamW: () => adamW(),
  adam: () => adam(0.1),
  "TensorFlow.js's sgd": () => tf.train.sgd(0.1),
  "TensorFlow.js's momentum": () => tf.train.momentum(0.1, 0.9),
  "TensorFlow.js's adagrad": () => tf.train.adagrad(0.1),
  "TensorFlow.js's adadelta": () => tf.train.adadelta(0.1),
  "TensorFlow.js's adam": () => tf.train.adam(0.1),
  "TensorFlow.js's rmsprop": () => tf.train.rmsprop(0.1, 0.9, 0.5, 1e-7, true),
};

/** A point of two variables, which steps move towards 0. */
class Walk {
  readonly variables: Variable[] = [
    [3, -2],
    [1, 5],
  ].map((values) => tf.tidy(() => tf.tensor1d(values).variable()));

  constructor(readonly optimizer: Optimizer) {}

  step(): void {
    const distance = () => tf.addN(this.variables.map((x) => x.square().sum())) as Scalar;
    this.optimizer.minimize(distance, false, this.variables);
  }

  values(): number[] {
    return this.variables.flatMap((x) => [...x.dataSync()]);
  }

  /** Goes to where another one is. */
  follow(other: Walk): void {
    for (const [i, x] of this.variables.entries())
      tf.tidy(() => x.assign(other.variables[i].clone() as never));
  }

  dispose(): void {
    tf.dispose(this.variables);
    disposeOptimizer(this.optimizer);
  }
}

async function stateOf(optimizer: Optimizer): Promise<WeightCopies> {
  const state = await optimizerState(optimizer);
  const copies = new Map([...state].map(([name, tensor]) => [name, copyOf(tensor)]));
  for (const tensor of state.values()) if (!(tensor instanceof tf.Variable)) tensor.dispose();
  return copies;
}

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  test(`${name} goes on with the bits of the state that a new one, or a used one, is given`, async () => {
    await withoutLeaks(async () => {
      const straight = new Walk(make());
      for (let step = 1; step <= 3; step++) straight.step();
      const state = await stateOf(straight.optimizer);
      const [fresh, used] = [new Walk(make()), new Walk(make())];
      for (let step = 1; step <= 5; step++) used.step();
      for (const other of [fresh, used]) {
        other.follow(straight);
        await restoreOptimizer(other.optimizer, state);
        assert.deepEqual([...(await stateOf(other.optimizer)).values()], [...state.values()]);
        assert.equal(other.optimizer.iterations, 3);
      }
      for (let step = 4; step <= 6; step++) {
        for (const walk of [straight, fresh, used]) walk.step();
        assert.deepEqual(fresh.values(), straight.values());
        assert.deepEqual(used.values(), straight.values());
      }
      for (const walk of [straight, fresh, used]) walk.dispose();
    });
  });
}

test('a used optimizer keeps its variables, for graphs may hold them', async () => {
  const walk = new Walk(adam(0.1));
  walk.step();
  const variablesOf = async () =>
    [...(await optimizerState(walk.optimizer)).values()].filter((tensor) => tensor instanceof tf.Variable);
  const before = await variablesOf();
  await restoreOptimizer(walk.optimizer, await stateOf(walk.optimizer));
  const after = await variablesOf();
  assert.equal(after.length, 6); // m and v of two variables, two powers of beta
  assert.ok(after.every((variable, i) => variable === before[i]));
  walk.dispose();
});

test('the state of an optimizer of other variables is refused, and changes nothing', async () => {
  const walk = new Walk(adam(0.1));
  walk.step();
  const before = await stateOf(walk.optimizer);
  const other = new Map([...before].map(([name, copy]) => [name, { ...copy, shape: [...copy.shape, 1] }]));
  await assert.rejects(restoreOptimizer(walk.optimizer, other), {
    message: /^the averages of the optimizer differ: .*\/m has shape \[2,1\], not \[2\]$/,
  });
  const none = new Map([...before].slice(0, 1));
  await assert.rejects(restoreOptimizer(walk.optimizer, none), {
    message: 'the averages of the optimizer differ in number: 0 were saved, 4 are needed',
  });
  assert.deepEqual(await stateOf(walk.optimizer), before);
  walk.dispose();
});
