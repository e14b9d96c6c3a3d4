/**
 * The optimizers that TensorFlow can apply in one operation a variable, in place. Every other optimizer is recorded as it is
 * written in JavaScript.
 *
 * A row says what TensorFlow's operation needs of an optimizer of that very class; its learning rate stays live. Sources: the
 * operations' formulas in tensorflow/core/ops/training_ops.cc, tfjs-core's optimizers of the same names.
 */
import type { Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { KerasAdam } from '../model/keras-defaults';
import { engine } from '../tensorflow/backend';
import { tf } from '../tensorflow/load';
import type { Patches } from './patches';
import { currentRecorder, liveNumber } from './record';

type Gradients = readonly { readonly variable: Variable; readonly gradient: Tensor; readonly at: number }[];

interface OptimizerForm {
  readonly optimizer: { readonly prototype: Optimizer };
  apply(optimizer: never, gradients: Gradients): void;
}

interface Slot {
  readonly originalName: string;
  readonly variable: Variable;
}

interface AdamFields {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly accBeta1: Variable;
  readonly accBeta2: Variable;
  readonly accumulatedFirstMoment: Slot[];
  readonly accumulatedSecondMoment: Slot[];
}

interface MomentumFields {
  readonly learningRate: number;
  readonly useNesterov: boolean;
  readonly m: Tensor;
  readonly accumulations: Slot[];
}

const FLOAT = { T: { type: 'float32' }, use_locking: { bool: false } } as const;

const FORMS: readonly OptimizerForm[] = [
  {
    optimizer: KerasAdam,
    apply: (adam: AdamFields & { epsilonHat: number }, gradients) =>
      applyAdam(adam, gradients, tf.scalar(adam.epsilonHat)),
  },
  {
    optimizer: tf.AdamOptimizer,
    // TensorFlow adds epsilon before the bias correction of v, TensorFlow.js after it.
    apply: (adam: AdamFields, gradients) =>
      applyAdam(adam, gradients, tf.mul(adam.epsilon, tf.sqrt(tf.sub(1, adam.accBeta2)))),
  },
  { optimizer: tf.MomentumOptimizer, apply: applyMomentum },
  { optimizer: tf.SGDOptimizer, apply: applySgd },
];

/** While recording, optimizers with a row above are applied by their one operation. */
export function fuseOptimizers(patches: Patches): void {
  for (const { optimizer, apply } of FORMS) {
    patches.replace(optimizer.prototype, 'applyGradients', (eager) => {
      return function (this: Optimizer, named) {
        const exact = Object.getPrototypeOf(this) === optimizer.prototype; // a subclass may compute something else
        const gradients = inOrder(named);
        if (!exact || gradients.some(({ variable }) => variable.dtype !== 'float32'))
          return eager.call(this, named);
        tf.tidy(() => apply(this as never, gradients));
        (this as unknown as { incrementIterations(): void }).incrementIterations();
      };
    });
  }
}

/** An optimizer's settings that a recording freezes: all, but for the learning rate of those with a row above. */
export function frozenSettings(optimizer: Optimizer): string {
  const { learningRate, ...others } = optimizer.getConfig();
  const fused = FORMS.some((form) => form.optimizer.prototype === Object.getPrototypeOf(optimizer));
  return JSON.stringify(fused ? others : { learningRate, ...others });
}

/** The variables that have a gradient, with their place among all: it is that of their averages. */
function inOrder(named: Parameters<Optimizer['applyGradients']>[0]): Gradients {
  const list: { name: string; tensor: Tensor }[] = Array.isArray(named)
    ? named
    : Object.entries(named).map(([name, tensor]) => ({ name, tensor }));
  return list
    .map(({ name, tensor }, at) => ({ variable: engine().registeredVariables[name], gradient: tensor, at }))
    .filter(({ gradient }) => gradient != null);
}

function applyAdam(adam: AdamFields, gradients: Gradients, epsilon: Tensor): void {
  const scalars = [
    adam.accBeta1.clone(), // read, not changed in place
    adam.accBeta2.clone(),
    liveNumber(() => adam.learningRate),
    tf.scalar(adam.beta1),
    tf.scalar(adam.beta2),
    epsilon,
  ];
  for (const { variable, gradient, at } of gradients) {
    const m = slot(adam.accumulatedFirstMoment, at, variable, 'm');
    const v = slot(adam.accumulatedSecondMoment, at, variable, 'v');
    const attrs = { ...FLOAT, use_nesterov: { bool: false } };
    currentRecorder()!.updateInPlace('ResourceApplyAdam', [variable, m, v, ...scalars, gradient], attrs);
  }
  adam.accBeta1.assign(tf.mul(adam.accBeta1, adam.beta1));
  adam.accBeta2.assign(tf.mul(adam.accBeta2, adam.beta2));
}

function applyMomentum(optimizer: MomentumFields, gradients: Gradients): void {
  const rate = liveNumber(() => optimizer.learningRate);
  for (const { variable, gradient, at } of gradients) {
    const accumulation = slot(optimizer.accumulations, at, variable, 'momentum');
    const attrs = { ...FLOAT, use_nesterov: { bool: optimizer.useNesterov } };
    currentRecorder()!.updateInPlace(
      'ResourceApplyMomentum',
      [variable, accumulation, rate, gradient, optimizer.m],
      attrs,
    );
  }
}

function applySgd(optimizer: { readonly learningRate: number }, gradients: Gradients): void {
  const rate = liveNumber(() => optimizer.learningRate);
  for (const { variable, gradient } of gradients) {
    currentRecorder()!.updateInPlace('ResourceApplyGradientDescent', [variable, rate, gradient], FLOAT);
  }
}

/** The optimizer's average for one variable, zeros at first, as the optimizer itself makes it. */
function slot(slots: Slot[], at: number, { name, shape }: Variable, suffix: string): Variable {
  slots[at] ??= { originalName: `${name}/${suffix}`, variable: tf.zeros(shape).variable(false) };
  return slots[at].variable;
}
