/** Trains twins, one eagerly and one by a compiled function, and compares what every step returns. */
import assert from 'node:assert/strict';
import type { LayersModel, Optimizer, Tensor, TensorLike, Variable } from '@tensorflow/tfjs-node-gpu';
import { type Compiled, compile } from '../../lib/src/compile/compile';
import { liveNumber } from '../../lib/src/compile/record';
import { seededRandom } from '../../lib/src/data/random';
import { tf } from '../../lib/src/tensorflow/load';
import { type CompiledModel, withTrainingForms } from '../../lib/src/train/training-forms';

export type StepResult = {
  /** The loss, then the model's metrics. */
  values: Tensor[];
  /** Of every trained variable, in order. */
  gradients: Tensor[];
};

export type Step = (...data: Tensor[]) => StepResult;

/**
 * One step of training as TensorFlow.js does it, which returns the gradients too.
 *
 * @param seed of what dropout draws: layers and losses then have the forms of train(); undefined: they are as in TensorFlow.js
 */
export function stepOf(model: LayersModel, seed?: number): Step {
  const { optimizer } = model;
  return (...data) => {
    const gradients: Tensor[] = [];
    const apply = optimizer.applyGradients; // the class's own, or what stands in for it while recording
    optimizer.applyGradients = (named) => {
      gradients.push(...(named as { tensor: Tensor }[]).map(({ tensor }) => tensor.clone()));
      apply.call(optimizer, named);
    };
    const trainOnce = () => (model as unknown as CompiledModel).makeTrainFunction()(data);
    try {
      if (seed === undefined) return { values: trainOnce(), gradients };
      const step = liveNumber(() => optimizer.iterations).toInt();
      const values = withTrainingForms(model, { seed: tf.scalar(seed, 'int32'), step }, trainOnce);
      return { values, gradients };
    } finally {
      delete (optimizer as Partial<Optimizer>).applyGradients;
    }
  };
}

/**
 * A gradient smaller than this share of the largest one is a sum of rounding errors, whose true value is 0: batch norm subtracts
 * what the bias of the convolution before it adds.
 */
const NOISE = 1e-5;

/** Smaller ones than this share are differences of large numbers, and compared as if they were this large. */
const SMALL = 0.1;

/** The largest difference from `expected`, as a share of its largest number, which counts as `floor` at least. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 0): number {
  assert.equal(actual.length, expected.length);
  let off = 0;
  let size = floor;
  for (let i = 0; i < expected.length; i++) {
    if (Number.isNaN(actual[i]) !== Number.isNaN(expected[i])) return Number.NaN;
    off = Math.max(off, Math.abs(actual[i] - expected[i]));
    size = Math.max(size, Math.abs(expected[i]));
  }
  return off === 0 ? 0 : off / size;
}

export interface Twins {
  readonly steps?: number;
  readonly seed?: number;
  /** Of losses, and of gradients beside the largest number in each; by default 1e-5. */
  readonly tolerance?: number;
  /** Gives the compiled twin the other's weights after every step, where the optimizer would amplify what rounding sets apart. */
  readonly together?: boolean;
}

/**
 * {@link assertTrainsAlike} on noise, with an optimizer of its own for each of the twins.
 *
 * @param net a model that is not compiled, of three classes of `[6, 6, 2]` images; equal at every call
 */
export async function assertOptimizerTrainsAlike(
  net: () => LayersModel,
  make: () => Optimizer,
): Promise<void> {
  const data = [noiseTensor([9, 6, 6, 2], 1), classesInTurn(9, 3)];
  const build = () => {
    const model = net();
    model.compile({ optimizer: make(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    return model;
  };
  await assertTrainsAlike(build, data);
  tf.dispose(data);
}

/**
 * Builds the same model twice and trains both on the same data, whose tensors are the caller's.
 *
 * @param build makes a model that is compiled, with an optimizer of its own; equal at every call
 */
export async function assertTrainsAlike(
  build: () => LayersModel,
  data: readonly Tensor[],
  { steps = 10, seed, tolerance = 1e-5, together = false }: Twins = {},
): Promise<void> {
  const eager = build();
  const twin = build();
  const eagerStep = stepOf(eager, seed);
  const compiledStep: Compiled<Step> = compile(stepOf(twin, seed));
  for (let step = 1; step <= steps; step++) {
    const expected = tf.tidy(() => eagerStep(...data));
    const actual = await compiledStep(...data);
    assert.equal(actual.values.length, expected.values.length);
    assert.equal(actual.gradients.length, expected.gradients.length);
    actual.values.forEach((value, i) => {
      assert.deepEqual(value.shape, expected.values[i].shape);
      const off = difference(value.dataSync(), expected.values[i].dataSync());
      assert.ok(
        off <= tolerance,
        `step ${step}, value ${i}: off by ${off}; ${value} instead of ${expected.values[i]}`,
      );
    });
    const overall = Math.max(...expected.gradients.map((gradient) => largest(gradient.dataSync())));
    actual.gradients.forEach((gradient, i) => {
      assert.deepEqual(gradient.shape, expected.gradients[i].shape);
      const values = expected.gradients[i].dataSync();
      const floor = largest(values) < NOISE * overall ? overall : SMALL * overall;
      const off = difference(gradient.dataSync(), values, floor);
      assert.ok(off <= tolerance, `step ${step}, gradient ${i}: off by ${off}`);
    });
    if (together) twin.setWeights(eager.getWeights());
    tf.dispose([expected, actual]);
  }
  compiledStep.dispose();
  for (const model of [eager, twin]) {
    disposeOptimizer(model.optimizer);
    model.dispose();
  }
}

/** TensorFlow.js's momentum and RMSProp forget a constant that they have from SGD. */
export function disposeOptimizer(optimizer: Optimizer): void {
  const { c } = optimizer as unknown as { c?: Tensor };
  optimizer.dispose();
  if (c && !c.isDisposed) c.dispose();
}

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((size, value) => Math.max(size, Math.abs(value)), 0);
}

/** A variable that is not trained, unless `trainable`; the caller disposes it. */
export function variable(
  value: TensorLike,
  { trainable = false, name }: { trainable?: boolean; name?: string } = {},
): Variable {
  return tf.tidy(() => tf.variable(tf.tensor(value), trainable, name));
}

/** Numbers in `[-1, 1)`; the caller disposes them. */
export function noiseTensor(shape: number[], seed: number): Tensor {
  const random = seededRandom(seed);
  return tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => 2 * random() - 1),
    shape,
  );
}

/** One-hot rows that go through the classes in turn. */
export function classesInTurn(batch: number, classes: number): Tensor {
  return tf.tidy(() =>
    tf
      .oneHot(
        tf.tensor1d(
          Array.from({ length: batch }, (_, i) => i % classes),
          'int32',
        ),
        classes,
      )
      .toFloat(),
  );
}
