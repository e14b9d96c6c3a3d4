import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scalar, Tensor, Tensor4D, Variable } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { seededRandom } from '../../lib/src/data/random';
import { biasesAndNorms } from '../../lib/src/optimizers/groups';
import { muon, orthogonal } from '../../lib/src/optimizers/muon';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

function matrixOf(rows: number, columns: number, seed: number): number[][] {
  const random = seededRandom(seed);
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => random() - 0.5));
}

/** The polynomial of the docstring on plain numbers: what three rounds make of a singular value. */
function drawn(singular: number): number {
  let s = singular;
  for (let round = 0; round < 3; round++) s = 3.4445 * s - 4.775 * s ** 3 + 2.0315 * s ** 5;
  return s;
}

test('of a matrix whose singular vectors are known, each singular value is drawn by the polynomial', async () => {
  await withoutLeaks(() =>
    tf.tidy(() => {
      const values = [3, 2, 1];
      const size = Math.hypot(...values);
      for (const wide of [true, false]) {
        const diagonal = tf.tensor2d([
          [3, 0, 0, 0],
          [0, 2, 0, 0],
          [0, 0, 1, 0],
        ]);
        const result = orthogonal(wide ? diagonal : diagonal.transpose());
        const back = (wide ? result : result.transpose()).arraySync() as number[][];
        for (let row = 0; row < 3; row++) {
          for (let column = 0; column < 4; column++) {
            const expected = row === column ? drawn(values[row] / size) : 0;
            assert.ok(Math.abs(back[row][column] - expected) < 1e-5, `${back[row][column]}, not ${expected}`);
          }
        }
      }
    }),
  );
});

test('rows of a random matrix become nearly orthogonal, of nearly the same length', () => {
  tf.tidy(() => {
    const x = orthogonal(tf.tensor2d(matrixOf(8, 72, 1)));
    const gram = tf.matMul(x as never, x as never, false, true).arraySync() as number[][];
    for (let i = 0; i < 8; i++) {
      assert.ok(gram[i][i] > 0.4 && gram[i][i] < 1.5, `length² ${gram[i][i]}`);
      for (let j = 0; j < i; j++) assert.ok(Math.abs(gram[i][j]) < 0.3, `product ${gram[i][j]}`);
    }
  });
});

/** A convolution's kernel and a bias, with gradients that follow from them. */
function problem() {
  const kernel = tf.tidy(() => tf.tensor4d(matrixOf(1, 3 * 3 * 2 * 4, 2)[0], [3, 3, 2, 4]).variable());
  const bias = tf.tidy(() => tf.tensor1d([0.5, -1, 2, 0]).variable());
  const optimizer = muon({ learningRate: 0.1, groups: [{ variables: biasesAndNorms, rate: 0.5 }] });
  const step = (x: Tensor) =>
    optimizer.minimize(
      () =>
        tf
          .conv2d(x as Tensor4D, kernel as Tensor as Tensor4D, 1, 'same')
          .add(bias)
          .square()
          .mean() as Scalar,
      true,
      [kernel, bias],
    )!;
  return { kernel, bias, optimizer, step, variables: [kernel, bias] as Variable[] };
}

const inputs = [1, 2, 3, 4].map((seed) => matrixOf(1, 2 * 5 * 5 * 2, seed)[0]);
const values = (variables: readonly Variable[]) => variables.map((variable) => [...variable.dataSync()]);

test('the size of a kernel is held, and a bias takes steps of momentum at the rate of its group', async () => {
  await withoutLeaks(() => {
    const { kernel, bias, optimizer, variables } = problem();
    const g = [0.1, 0.2, -0.3, 0.4];
    const gradients = () => [
      { name: kernel.name, tensor: tf.ones(kernel.shape) },
      { name: bias.name, tensor: tf.tensor1d(g) },
    ];
    const before = [...bias.dataSync()];
    const size = Math.hypot(...kernel.dataSync());
    const old = [...kernel.dataSync()];
    tf.tidy(() => optimizer.applyGradients(gradients() as never));
    // Nesterov's first step: v = g, and the update is g + 0.85 v.
    for (const [i, value] of bias.dataSync().entries()) {
      assert.ok(Math.abs(value - (before[i] - 0.1 * 0.5 * 1.85 * g[i])) < 1e-6);
    }
    // A matrix of ones has one singular value; its vector is the same number everywhere.
    const rows = 3 * 3 * 2;
    const update = drawn(1) / Math.sqrt(rows * 4);
    for (const [i, value] of kernel.dataSync().entries()) {
      const expected = (old[i] * Math.sqrt(4)) / size - 0.1 * update;
      assert.ok(Math.abs(value - expected) < 1e-5, `${value}, not ${expected}`);
    }
    optimizer.dispose();
    tf.dispose(variables);
  });
});

test('compiled steps are those of eager ones, at a rate that changes without another recording', async () => {
  await withoutLeaks(async () => {
    const [eager, compiled] = [problem(), problem()];
    const run = compile(compiled.step);
    let graph: unknown;
    for (const [i, numbers] of inputs.entries()) {
      const x = tf.tensor4d(numbers, [2, 5, 5, 2]);
      eager.optimizer.learningRate = compiled.optimizer.learningRate = 0.1 / (i + 1);
      tf.dispose([tf.tidy(() => eager.step(x)), await run(x), x]);
      graph ??= run.graph;
      assert.equal(run.graph, graph);
      const [a, b] = [values(eager.variables).flat(), values(compiled.variables).flat()];
      for (const [j, value] of a.entries())
        assert.ok(Math.abs(value - b[j]) < 1e-5, `step ${i}: ${value}, ${b[j]}`);
    }
    run.dispose();
    for (const { optimizer, variables } of [eager, compiled]) {
      optimizer.dispose();
      tf.dispose(variables);
    }
  });
});

test('saved and restored between two steps, it goes on with the same bits', async () => {
  const [whole, cut] = [problem(), problem()];
  const take = ({ step }: typeof whole, numbers: number[]) =>
    tf.dispose(tf.tidy(() => step(tf.tensor4d(numbers, [2, 5, 5, 2]))));
  for (const numbers of inputs) take(whole, numbers);
  for (const numbers of inputs.slice(0, 2)) take(cut, numbers);
  const saved = await cut.optimizer.getWeights();
  const resumed = problem();
  resumed.variables.forEach((variable, i) => {
    variable.assign(cut.variables[i].clone());
  });
  await resumed.optimizer.setWeights(saved);
  for (const numbers of inputs.slice(2)) take(resumed, numbers);
  assert.deepEqual(values(resumed.variables), values(whole.variables));
  assert.equal(resumed.optimizer.iterations, inputs.length);
  for (const { optimizer, variables } of [whole, cut, resumed]) {
    optimizer.dispose();
    tf.dispose(variables);
  }
});

test('settings that cannot be are refused in words', () => {
  assert.throws(() => muon({ learningRate: -1 }), /^RangeError: invalid learningRate; .*: -1$/);
  assert.throws(() => muon({ learningRate: 1, momentum: 1 }), /^RangeError: invalid momentum; .*: 1$/);
  assert.throws(() => muon({ learningRate: 1, nesterov: true } as never), /unknown option; muon takes/);
});
