/**
 * The layers and the optimizer of the article with the defaults of Keras 3, under which its numbers were measured.
 *
 * | what         | Keras 3                                     | TensorFlow.js 4.22                      |
 * |--------------|---------------------------------------------|-----------------------------------------|
 * | kernels      | Glorot uniform                              | Glorot normal                           |
 * | biases       | used, zeros at first                        | the same                                |
 * | batch norm   | momentum 0.99, epsilon 1e-3                 | the same                                |
 * | Adam         | epsilon 1e-7, added before bias correction  | epsilon 1e-7, added after, see KerasAdam |
 *
 * A function here takes a layer's settings and returns the layer as a function of its input, as in Keras:
 * `layers.Conv2D(64, 7, strides=2)(x)` in Python is `conv2d(64, 7, { strides: 2, name })(x)`.
 *
 * Source: keras.io/api, pages Conv2D, Dense, BatchNormalization and Adam.
 */
import type { AdamOptimizer, layers, Optimizer, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { useNativeReluGradient } from '../ops/relu-gradient';
import { tf } from '../tensorflow/load';
import { fusedBatchNormalization } from './batch-normalization';
import { checkPositive } from './check-arguments';
import { nameHash } from './name-hash';

useNativeReluGradient();

/** A layer as a function of its input. */
export type Applied = (x: SymbolicTensor) => SymbolicTensor;

/** Settings every layer with a kernel shares. */
export interface KernelOptions {
  name: string;
  /** Seed of the whole network; each layer draws from its own stream. Undefined: different weights every time. */
  seed?: number;
}

/**
 * A square convolution with bias and "same" padding:
 * [batch, height, width, channels] -> [batch, ceil(height / strides), ceil(width / strides), filters].
 */
export function conv2d(
  filters: number,
  kernelSize: number,
  { strides = 1, name, seed }: KernelOptions & { strides?: number },
): Applied {
  const kernelInitializer = glorotUniform(name, seed);
  const config = { filters, kernelSize, strides, kernelInitializer, name };
  return applied(tf.layers.conv2d({ ...config, padding: 'same', useBias: true }));
}

/** Normalises each channel over batch, height and width; 4 numbers per channel, of which gamma and beta are trained. */
export function batchNormalization({ name }: { name: string }): Applied {
  return applied(fusedBatchNormalization({ momentum: 0.99, epsilon: 1e-3, name }));
}

/** [batch, features] -> [batch, units], each row a probability distribution. */
export function denseSoftmax(units: number, { name, seed }: KernelOptions): Applied {
  const kernelInitializer = glorotUniform(name, seed);
  return applied(tf.layers.dense({ units, activation: 'softmax', useBias: true, kernelInitializer, name }));
}

/** The layer as a function, as Keras's layers are; for layers whose defaults need no change. */
export function applied(layer: layers.Layer): Applied {
  return (x) => layer.apply(x) as SymbolicTensor;
}

/** Uniform in ±sqrt(6 / (fanIn + fanOut)) (Glorot & Bengio 2010, equation 16). */
function glorotUniform(layerName: string, seed: number | undefined) {
  return tf.initializers.glorotUniform({ seed: layerSeed(layerName, seed) });
}

/** A seed of the layer's own, so that two layers of one shape start apart. */
function layerSeed(layerName: string, seed: number | undefined): number | undefined {
  return seed === undefined ? undefined : nameHash(`${seed}/${layerName}`);
}

/**
 * Adam with Keras's settings: rate 0.001, averages 0.9 and 0.999, epsilon 1e-7 (keras.io/api/optimizers/adam).
 *
 * @param learningRate factor of every step, greater than 0
 * @returns an optimizer for `model.compile`; the model does not own it, so the caller disposes it after the model
 */
export function adam(learningRate = 0.001): Optimizer {
  checkPositive('learningRate', learningRate);
  return new KerasAdam(learningRate, 0.9, 0.999, 1e-7);
}

/**
 * Puts epsilon where Keras and TensorFlow put it: beside the raw average v of squared gradients, before its bias correction
 * ("epsilon hat" in Kingma & Ba 2014, end of section 2).
 *
 *     TensorFlow.js    w -= rate * mHat / (sqrt(vHat) + epsilon)
 *     Keras            w -= rate * mHat / (sqrt(vHat) + epsilon / sqrt(1 - beta2^t))      vHat = v / (1 - beta2^t)
 *
 * In step t = 1 Keras's epsilon is thereby 32 times as large, and weights with gradients of about 1e-6 move less.
 */
export class KerasAdam extends tf.AdamOptimizer {
  private readonly epsilonHat: number;

  constructor(learningRate: number, beta1: number, beta2: number, epsilon: number) {
    super(learningRate, beta1, beta2, epsilon);
    this.epsilonHat = epsilon;
  }

  override applyGradients(gradients: Parameters<AdamOptimizer['applyGradients']>[0]): void {
    const step = this.iterations + 1;
    this.epsilon = this.epsilonHat / Math.sqrt(1 - this.beta2 ** step);
    super.applyGradients(gradients);
  }

  override getConfig() {
    return { ...super.getConfig(), epsilon: this.epsilonHat };
  }
}
