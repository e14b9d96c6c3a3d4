/** The norm of the gradients and what is done by it, beside tf.variableGrads and PyTorch; eagerly and compiled. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, Optimizer, Scalar, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { type Compiled, compile } from '../../lib/src/compile/compile';
import { Patches } from '../../lib/src/compile/patches';
import { batchOf, orderOf } from '../../lib/src/data/batches';
import { adam } from '../../lib/src/model/keras-defaults';
import { adamW } from '../../lib/src/optimizers/adam-w';
import { sgd } from '../../lib/src/optimizers/sgd';
import { tf } from '../../lib/src/tensorflow/load';
import { LossScale } from '../../lib/src/train/loss-scale';
import { installMinimise, type Minimising, normOf } from '../../lib/src/train/minimise';
import type { StepForms } from '../../lib/src/train/step-forms';
import { train } from '../../lib/src/train/train';
import { WeightAverage } from '../../lib/src/train/weight-average';
import { disposeOptimizer, variable } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit } from './tiny-problem';

/** The loss and, where it is told, the norm. */
type Step = (x: Tensor) => Tensor[];

/** A step that minimises `lossOf`. */
function stepOf(
  optimizer: Optimizer,
  variables: Variable[],
  lossOf: (x: Tensor) => Tensor,
  minimising: Partial<Minimising>,
): Step {
  return (x) => {
    const patches = new Patches();
    const norms: Tensor[] = [];
    installMinimise(optimizer, patches, { forms: {}, later: 0, ...minimising }, (norm) => norms.push(norm));
    try {
      return [optimizer.minimize(() => lossOf(x) as Scalar, true, variables)!, ...norms];
    } finally {
      patches.restore();
    }
  };
}

/** One step towards x * a + b = 0. */
const towardsLine = (optimizer: Optimizer, variables: Variable[], forms: StepForms) => {
  const [a, b] = variables;
  return stepOf(optimizer, variables, (x) => x.mul(a).add(b).square().sum(), { forms });
};

/** The line's two variables, of three numbers and of one. */
const line = () => [variable([1, -2, 3], { trainable: true }), variable(0.5, { trainable: true })];

const numbersOf = (tensors: readonly Tensor[]) => tensors.flatMap((tensor) => [...tensor.dataSync()]);

const RUNS = {
  eager: (step: Step) => async (x: Tensor) => tf.tidy(() => step(x)),
  compiled: (step: Step) => compile(step) as Compiled<Step>,
} as const;

/** What every step returned. */
async function walk(kind: keyof typeof RUNS, step: Step, xs: readonly number[]): Promise<number[][]> {
  const run = RUNS[kind](step);
  const told: number[][] = [];
  for (const value of xs) {
    const x = tf.scalar(value);
    const results = await run(x);
    told.push(numbersOf(results));
    tf.dispose([x, results]);
  }
  (run as { dispose?(): void }).dispose?.();
  return told;
}

function assertClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-5): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    const off = Math.abs(value - expected[i]);
    assert.ok(off <= tolerance * Math.max(1, Math.abs(expected[i])), `${i}: ${actual}, not ${expected}`);
  });
}

const KINDS = Object.keys(RUNS) as (keyof typeof RUNS)[];
const XS = [1, -0.5, 2, 0.01];

/**
 * Of PyTorch 2.13, `clip_grad_norm_([a, b], most)` before each step of `((x * a + b) ** 2).sum()`: the norms that it
 * returns, and a and b after the last.
 */
const TORCH: Record<string, { make: () => Optimizer; most: number; norms: number[]; end: number[] }> = {
  'SGD(lr=0.1)': {
    make: () => tf.train.sgd(0.1),
    most: 2,
    norms: [10.770329475402832, 1.7517359256744385, 29.858806610107422, 1.6610442399978638],
    end: [0.8744899034500122, -1.7225648164749146, 2.6058595180511475, 0.10486958920955658],
  },
  'SGD(lr=0.01, momentum=0.9)': {
    make: () => tf.train.momentum(0.01, 0.9),
    most: 5,
    norms: [10.770329475402832, 1.9667290449142456, 32.00553512573242, 2.316910982131958],
    end: [0.923119306564331, -1.8711835145950317, 2.7859878540039062, 0.3116600215435028],
  },
  'AdamW(lr=0.1, weight_decay=0.05, eps=1e-10)': {
    make: () => adamW({ learningRate: 0.1, weightDecay: 0.05, epsilon: 1e-10 }),
    most: 0.3,
    norms: [10.770329475402832, 1.7725281715393066, 29.31842613220215, 1.3124611377716064],
    end: [0.6525216698646545, -1.5997726917266846, 2.5617971420288086, 0.1209987998008728],
  },
};

for (const [name, { make, most, norms, end }] of Object.entries(TORCH)) {
  test(`clipping before ${name} is that of PyTorch, and so are the norms`, async () => {
    for (const kind of KINDS) {
      await withoutLeaks(async () => {
        const [optimizer, variables] = [make(), line()];
        const told = await walk(kind, towardsLine(optimizer, variables, { clipNorm: most }), XS);
        assertClose(
          told.map(([, norm]) => norm),
          norms,
        );
        assertClose(numbersOf(variables), end);
        disposeOptimizer(optimizer);
        tf.dispose(variables);
      });
    }
  });
}

const OPTIMIZERS: Record<string, () => Optimizer> = {
  'tf.train.sgd': () => tf.train.sgd(0.05),
  'tf.train.momentum': () => tf.train.momentum(0.02, 0.9),
  'tf.train.adam': () => tf.train.adam(0.05),
  'tf.train.adamax': () => tf.train.adamax(0.05),
  'tf.train.adagrad': () => tf.train.adagrad(0.1),
  'tf.train.adadelta': () => tf.train.adadelta(1),
  'tf.train.rmsprop': () => tf.train.rmsprop(0.02),
  adam: () => adam(0.05),
  adamW: () => adamW({ learningRate: 0.05, weightDecay: 0.1 }),
  sgd: () => sgd({ learningRate: 0.02, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
};

/** The gradients of the line's loss, written out: a -> 2 x (x a + b), b -> their sum without x. */
function gradientsByHand(x: number, [a, b]: readonly Variable[]): [number[], number] {
  const residuals = [...a.dataSync()].map((value) => x * value + b.dataSync()[0]);
  return [residuals.map((r) => 2 * x * r), residuals.reduce((sum, r) => sum + 2 * r, 0)];
}

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  test(`${name} takes clipped gradients as those that it is given by hand`, async () => {
    for (const kind of KINDS) {
      await withoutLeaks(async () => {
        const [optimizer, variables, twin, byHand] = [make(), line(), make(), line()];
        const step = towardsLine(optimizer, variables, { clipNorm: 2 });
        const told = await walk(kind, step, XS);
        for (const [i, x] of XS.entries()) {
          const [a, b] = gradientsByHand(x, byHand);
          const norm = Math.hypot(...a, b);
          assertClose([told[i][1]], [norm]);
          const factor = Math.min(1, 2 / norm);
          const gradients = [tf.tensor1d(a.map((value) => value * factor)), tf.scalar(b * factor)];
          twin.applyGradients(byHand.map(({ name }, at) => ({ name, tensor: gradients[at] })));
          tf.dispose(gradients);
        }
        assertClose(numbersOf(variables), numbersOf(byHand));
        assert.equal(optimizer.iterations, 4);
        for (const each of [optimizer, twin]) disposeOptimizer(each);
        tf.dispose([variables, byHand]);
      });
    }
  });
}

test('a norm that is asked for changes nothing, nor does one that is not too long', async () => {
  for (const kind of KINDS) {
    await withoutLeaks(async () => {
      const ends: number[][] = [];
      for (const forms of [{}, { gradientNorm: true }, { clipNorm: 1e6 }]) {
        const [optimizer, variables] = [tf.train.sgd(0.05), line()];
        const told = await walk(kind, towardsLine(optimizer, variables, forms), XS);
        assert.ok(told.every((results) => results.length === (ends.length === 0 ? 1 : 2)));
        ends.push(numbersOf(variables));
        optimizer.dispose();
        tf.dispose(variables);
      }
      assert.deepEqual(ends[1], ends[0]);
      assert.deepEqual(ends[2], ends[0]);
    });
  }
});

test('variables that a loss does not depend on have no gradient, and count as 0', async () => {
  await withoutLeaks(() => {
    const tensors = [tf.tensor2d([[3], [0]]), tf.scalar(4)];
    const norm = normOf([tensors[0], undefined, tensors[1]]);
    assert.equal(norm.dataSync()[0], 5);
    tf.dispose([tensors, norm]);
  });
  for (const kind of KINDS) {
    await withoutLeaks(async () => {
      const [used, unused] = line();
      const optimizer = tf.train.sgd(0.1);
      const step = stepOf(optimizer, [unused, used], (x) => used.mul(x).sum(), { forms: { clipNorm: 1 } });
      const [[loss, norm]] = await walk(kind, step, [2]);
      assertClose([loss, norm], [4, Math.sqrt(12)]);
      assertClose(numbersOf([used, unused]), [...[1, -2, 3].map((w) => w - 0.1 / Math.sqrt(3)), 0.5]);
      optimizer.dispose();
      tf.dispose([used, unused]);
    });
  }
});

test('the norm that train() tells is that of tf.variableGrads on the same batch', async () => {
  const split = tinySplit(40);
  for (const choice of [{}, false] as const) {
    const model = tinyModel({ compiled: false });
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    const normOfNext = (step: number) => normByHand(model, split, [...orderOf(split, 2, 1)].slice(10 * step));
    let expected = normOfNext(0);
    let step = 0;
    const options = { batchSize: 10, epochs: 1, seed: 2, gradientNorm: true, compile: choice };
    for await (const record of train(model, split, options)) {
      if (record.kind !== 'step') continue;
      assertClose([record.gradientNorm!], [expected]);
      if (++step < 4) expected = normOfNext(step);
    }
    assert.equal(step, 4);
  }
});

/** Of the mean cross-entropy of the first ten images. */
function normByHand(model: LayersModel, split: ReturnType<typeof tinySplit>, order: number[]): number {
  return tf.tidy(() => {
    const { images, labels } = batchOf(split, order.slice(0, 10));
    const { grads } = tf.variableGrads(() => {
      const probabilities = model.apply(images, { training: true }) as Tensor;
      return probabilities.log().mul(labels).sum(1).mean().neg() as Scalar;
    });
    const squares = Object.values(grads).map((gradient) => gradient.square().sum().dataSync()[0]);
    return Math.sqrt(squares.reduce((sum, square) => sum + square));
  });
}

/** A model of one kernel `[3, 1]`, for an average to be of. */
function kernelModel(): { model: LayersModel; kernel: Variable } {
  const images = tf.input({ shape: [3] });
  const dense = tf.layers.dense({ units: 1, useBias: false });
  const model = tf.model({ inputs: images, outputs: dense.apply(images) as typeof images });
  tf.tidy(() => model.setWeights([tf.tensor2d([[1], [-2], [3]])]));
  return { model, kernel: model.weights[0].read() as Variable };
}

test('with a loss scale the gradients are unscaled before the norm, the clipping and the average', async () => {
  const xs = [1, 0.5, 1e19, 0.25]; // the third overflows: (1e19)^2 is no float32
  for (const kind of KINDS) {
    await withoutLeaks(async () => {
      const { model, kernel } = kernelModel();
      const [optimizer, scale, average] = [tf.train.sgd(0.1), new LossScale(), new WeightAverage(model, 0.5)];
      const forms = { clipNorm: 2, gradientNorm: true, averageDecay: 0.5 };
      const minimising = { forms, lossScale: scale, average };
      const step = stepOf(optimizer, [kernel], (x) => kernel.mul(x).square().sum(), minimising);
      const run = RUNS[kind](step);
      let [weights, averages] = [
        [1, -2, 3],
        [1, -2, 3],
      ];
      for (const [i, value] of xs.entries()) {
        const x = tf.scalar(value);
        const results = await run(x);
        const [loss, norm] = numbersOf(results);
        const decay = Math.min(0.5, (1 + i) / (10 + i));
        const gradients = weights.map((w) => 2 * value * value * w);
        if (value > 1) assert.ok(!Number.isFinite(loss) && !Number.isFinite(norm), `${loss} ${norm}`);
        else {
          const expected = Math.hypot(...gradients);
          assertClose([loss, norm], [weights.reduce((sum, w) => sum + (w * value) ** 2, 0), expected]);
          weights = weights.map((w, at) => w - 0.1 * gradients[at] * Math.min(1, 2 / expected));
        }
        averages = averages.map((mean, at) => decay * mean + (1 - decay) * weights[at]);
        assertClose([...kernel.dataSync()], weights);
        assertClose([...average.variables[0].dataSync()], averages);
        assert.equal(scale.value, i < 2 ? 2 ** 15 : 2 ** 14);
        average.updates++;
        tf.dispose([x, results]);
      }
      (run as { dispose?(): void }).dispose?.();
      for (const each of [scale, average, optimizer, model]) each.dispose();
    });
  }
});
