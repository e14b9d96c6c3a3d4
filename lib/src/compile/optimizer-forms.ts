/**
 * The optimizers that TensorFlow can apply in one operation a variable, in place. Every other optimizer is recorded as it is
 * written in JavaScript.
 *
 * A row says what TensorFlow's operation needs of an optimizer of that very class; its learning rate stays live. Sources: the
 * operations' formulas in tensorflow/core/ops/training_ops.cc, tfjs-core's optimizers of the same names.
 */
import type { Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { KerasAdam } from '../model/keras-defaults';
import { AdamW } from '../optimizers/adam-w';
import { type Gradient, gradientsInOrder } from '../optimizers/gradients';
import type { Update } from '../optimizers/grouped-optimizer';
import { Muon } from '../optimizers/muon';
import { Sgd } from '../optimizers/sgd';
import { type Slot, slot } from '../optimizers/slots';
import { tf } from '../tensorflow/load';
import type { Patches } from './patches';
import { currentRecorder, liveNumber } from './record';

type Gradients = readonly Gradient[];

interface OptimizerForm {
  readonly optimizer: { readonly prototype: Optimizer };
  apply(optimizer: never, gradients: Gradients): void;
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
  { optimizer: Sgd, apply: (sgd: Sgd, gradients) => sgd.step(gradients, sgdUpdate(sgd), liveNumber) },
  {
    optimizer: AdamW,
    apply: (adamW: AdamW, gradients) => adamW.step(gradients, adamWUpdate(adamW), liveNumber),
  },
  // No operation of TensorFlow's: as it is written, with a live rate.
  { optimizer: Muon, apply: (muon: Muon, gradients) => muon.step(gradients, muon.eagerUpdate(), liveNumber) },
];

/** While recording, optimizers with a row above are applied by their one operation. */
export function fuseOptimizers(patches: Patches): void {
  for (const { optimizer, apply } of FORMS) {
    patches.replace(optimizer.prototype, 'applyGradients', (eager) => {
      return function (this: Optimizer, named) {
        const exact = Object.getPrototypeOf(this) === optimizer.prototype; // a subclass may compute something else
        const gradients = gradientsInOrder(named);
        if (!exact || gradients.some(({ variable }) => variable.dtype !== 'float32'))
          return eager.call(this, named);
        tf.tidy(() => apply(this as never, gradients));
        (this as unknown as { incrementIterations(): void }).incrementIterations();
      };
    });
  }
}

/** Whether a recording reads the optimizer's learning rate anew at every call. */
export function hasLiveRate(optimizer: Optimizer): boolean {
  return FORMS.some((form) => form.optimizer.prototype === Object.getPrototypeOf(optimizer));
}

/** An optimizer's settings that a recording freezes: all, but for the learning rate of those with a row above. */
export function frozenSettings(optimizer: Optimizer): string {
  const { learningRate, ...others } = optimizer.getConfig();
  return JSON.stringify(hasLiveRate(optimizer) ? others : { learningRate, ...others });
}

function applyAdam(adam: AdamFields, gradients: Gradients, epsilon: Tensor): void {
  const powers = [adam.accBeta1.clone(), adam.accBeta2.clone()]; // read, not changed in place
  const rate = liveNumber(() => adam.learningRate);
  const constants = [tf.scalar(adam.beta1), tf.scalar(adam.beta2), epsilon];
  for (const { variable, gradient, at } of gradients) {
    const m = slot(adam.accumulatedFirstMoment, at, variable, 'm');
    const v = slot(adam.accumulatedSecondMoment, at, variable, 'v');
    updateByAdam([variable, m, v], [...powers, rate, ...constants, gradient]);
  }
  adam.accBeta1.assign(tf.mul(adam.accBeta1, adam.beta1));
  adam.accBeta2.assign(tf.mul(adam.accBeta2, adam.beta2));
}

/** Powers of 0: the rate has the bias correction in it already. */
function adamWUpdate(adamW: AdamW): Update {
  const powers = [tf.scalar(0), tf.scalar(0)];
  const constants = [tf.scalar(adamW.beta1), tf.scalar(adamW.beta2), tf.scalar(adamW.epsilon)];
  return (variable, gradient, rate) =>
    updateByAdam([variable, ...adamW.momentsOf(variable)], [...powers, rate, ...constants, gradient]);
}

function updateByAdam(variables: readonly Variable[], numbers: readonly Tensor[]): void {
  const attrs = { ...FLOAT, use_nesterov: { bool: false } };
  currentRecorder()!.updateInPlace('ResourceApplyAdam', [...variables, ...numbers], attrs);
}

function applyMomentum(optimizer: MomentumFields, gradients: Gradients): void {
  const rate = liveNumber(() => optimizer.learningRate);
  const attrs = { ...FLOAT, use_nesterov: { bool: optimizer.useNesterov } };
  for (const { variable, gradient, at } of gradients) {
    const accumulation = slot(optimizer.accumulations, at, variable, 'momentum');
    const inputs = [variable, accumulation, rate, gradient, optimizer.m];
    currentRecorder()!.updateInPlace('ResourceApplyMomentum', inputs, attrs);
  }
}

function applySgd(optimizer: { readonly learningRate: number }, gradients: Gradients): void {
  const rate = liveNumber(() => optimizer.learningRate);
  for (const { variable, gradient } of gradients) descend(variable, gradient, rate);
}

function sgdUpdate(sgd: Sgd): Update {
  if (sgd.momentum === 0) return descend;
  const momentum = tf.scalar(sgd.momentum);
  const op = sgd.momentumForm === 'keras' ? 'ResourceApplyKerasMomentum' : 'ResourceApplyMomentum';
  const attrs = { ...FLOAT, use_nesterov: { bool: sgd.nesterov } };
  return (variable, gradient, rate) => {
    const inputs = [variable, sgd.velocityOf(variable), rate, gradient, momentum];
    currentRecorder()!.updateInPlace(op, inputs, attrs);
  };
}

function descend(variable: Variable, gradient: Tensor, rate: Tensor): void {
  currentRecorder()!.updateInPlace('ResourceApplyGradientDescent', [variable, rate, gradient], FLOAT);
}
