import type { SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { fusedBatchNormalization } from './batch-normalization';
import { applied } from './keras-defaults';
import { nameHash } from './name-hash';
import type { SettledConfig } from './resnet-config';

export interface ConvOptions {
  readonly strides?: number;
  /** Whether a norm follows, in nets that have norms; it makes a bias useless. Default true. */
  readonly normed?: boolean;
}

/**
 * Standard deviation of a standard normal distribution that is cut off at -2 and 2, which is what TensorFlow.js draws. Keras divides by it
 * (keras.initializers.VarianceScaling), TensorFlow.js does not: the He normal weights of TensorFlow.js are too small by this factor, and
 * so is what a net of 100 layers without norms makes of them by its hundredth power, 3e-6.
 */
const TRUNCATED = 0.87962566103423978;

/**
 * The layers that residual nets are made of, as a net's configuration wants them. Each is one of TensorFlow.js's own, so that a saved
 * net is loaded without this library; each has a name, and first weights that depend on name and seed alone.
 */
export class NetLayers {
  readonly #config: Pick<SettledConfig, 'convBias' | 'norm'>;
  readonly #seed: number | null;

  /** @param seed null: kernels of zeros, for nets that are only counted */
  constructor(config: Pick<SettledConfig, 'convBias' | 'norm'>, seed: number | null) {
    this.#config = config;
    this.#seed = seed;
  }

  /**
   * A square convolution with an odd kernel, and as many zeros on either side as make the output `ceil(size / strides)`:
   * TensorFlow's padding `same` puts more of them on the right and below where strides are 2, other than the papers' nets, PyTorch and
   * Keras's ResNets. The kernel begins as in He et al. 2015b (arXiv 1502.01852), by {@link TRUNCATED} smaller where a norm makes up for it.
   *
   * `[batch, height, width, channels]` -> `[batch, ceil(height / strides), ceil(width / strides), filters]`
   */
  conv(
    x: SymbolicTensor,
    filters: number,
    kernelSize: number,
    name: string,
    { strides = 1, normed = true }: ConvOptions = {},
  ): SymbolicTensor {
    const { convBias, norm } = this.#config;
    const useBias = convBias === 'always' || (convBias === 'unnormed' && !(normed && norm));
    const uneven = strides > 1 && kernelSize > 1;
    const padded = uneven ? this.pad(x, (kernelSize - 1) / 2, `${name}_pad`) : x;
    const padding = uneven ? 'valid' : 'same';
    const kernelInitializer = this.#initializer('heNormal', `${name}_conv`);
    return applied(
      tf.layers.conv2d({
        ...{ filters, kernelSize, strides, padding, useBias, kernelInitializer },
        name: `${name}_conv`,
      }),
    )(padded);
  }

  /** Zeros on every side. */
  pad(x: SymbolicTensor, pixels: number, name: string): SymbolicTensor {
    return applied(tf.layers.zeroPadding2d({ padding: [pixels, pixels], name }))(x);
  }

  /**
   * x itself in nets without norms.
   *
   * @param zero begins with gamma 0
   */
  norm(x: SymbolicTensor, name: string, zero = false): SymbolicTensor {
    const { norm } = this.#config;
    if (!norm) return x;
    const gammaInitializer = zero ? 'zeros' : 'ones';
    return applied(fusedBatchNormalization({ ...norm, gammaInitializer, name: `${name}_bn` }))(x);
  }

  relu(x: SymbolicTensor, name: string): SymbolicTensor {
    return applied(tf.layers.reLU({ name: `${name}_relu` }))(x);
  }

  /** Norm, in nets that have norms, and ReLU. */
  activated(x: SymbolicTensor, name: string): SymbolicTensor {
    return this.relu(this.norm(x, name), name);
  }

  add(x: SymbolicTensor, y: SymbolicTensor, name: string): SymbolicTensor {
    return tf.layers.add({ name: `${name}_add` }).apply([x, y]) as SymbolicTensor;
  }

  /**
   * x without parameters, where shapes change: every `strides`-th pixel, then zeros for the channels that are new (He et al. 2015, section
   * 3.3, option A). TensorFlow.js pads height and width alone; told that channels come first, it takes the last axis for a width.
   */
  identity(x: SymbolicTensor, filters: number, strides: number, name: string): SymbolicTensor {
    const sampled = strides === 1 ? x : this.sampled(x, strides, name);
    const missing = filters - x.shape[3]!;
    if (missing === 0) return sampled;
    const padding: [[number, number], [number, number]] = [
      [0, 0],
      [0, missing],
    ];
    return applied(
      tf.layers.zeroPadding2d({ padding, dataFormat: 'channelsFirst', name: `${name}_channels` }),
    )(sampled);
  }

  /** Every `strides`-th pixel: a pool of one pixel, whose gradient TensorFlow has in one operation. */
  sampled(x: SymbolicTensor, strides: number, name: string): SymbolicTensor {
    return applied(tf.layers.averagePooling2d({ poolSize: 1, strides, name: `${name}_sample` }))(x);
  }

  /** The mean of each square of `strides` pixels; at the edge, of what is there. */
  averaged(x: SymbolicTensor, strides: number, name: string): SymbolicTensor {
    const pool = { poolSize: strides, strides, padding: 'same', name: `${name}_pool` } as const;
    return applied(tf.layers.averagePooling2d(pool))(x);
  }

  /** Weighs the channels, by a glance at all of them (Hu et al. 2017, arXiv 1709.01507, section 3). */
  squeezeExcitation(x: SymbolicTensor, ratio: number, name: string): SymbolicTensor {
    const channels = x.shape[3]!;
    const dense = (units: number, activation: 'relu' | 'sigmoid', part: string) =>
      applied(
        tf.layers.dense({
          ...{ units, activation, name: `${name}_${part}` },
          kernelInitializer: this.#initializer('heNormal', `${name}_${part}`),
        }),
      );
    const mean = applied(tf.layers.globalAveragePooling2d({ name: `${name}_se_pool` }))(x);
    const narrow = dense(Math.max(1, Math.floor(channels / ratio)), 'relu', 'se_squeeze')(mean);
    const weights = dense(channels, 'sigmoid', 'se_excite')(narrow);
    const each = applied(tf.layers.reshape({ targetShape: [1, 1, channels], name: `${name}_se_reshape` }))(
      weights,
    );
    return tf.layers.multiply({ name: `${name}_se` }).apply([x, each]) as SymbolicTensor;
  }

  dropout(x: SymbolicTensor, rate: number, name: string): SymbolicTensor {
    return rate > 0 ? applied(tf.layers.dropout({ rate, name: `${name}_dropout` }))(x) : x;
  }

  /** Leaves x out in some images of a batch, and makes up for it in the others (Huang et al. 2016): a dropout of whole images. */
  dropPath(x: SymbolicTensor, rate: number, name: string): SymbolicTensor {
    if (rate === 0) return x;
    const noiseShape = [null, 1, 1, 1] as unknown as number[]; // null: as many as there are; the types know of none
    return applied(tf.layers.dropout({ rate, noiseShape, name: `${name}_drop` }))(x);
  }

  /** `[batch, features]` -> `[batch, units]`, each row a probability distribution. */
  dense(x: SymbolicTensor, units: number, name: string, { bias = true } = {}): SymbolicTensor {
    const kernelInitializer = this.#initializer('glorotUniform', name);
    const config = { units, activation: 'softmax', useBias: bias, kernelInitializer, name } as const;
    return applied(tf.layers.dense(config))(x);
  }

  #initializer(kind: 'heNormal' | 'glorotUniform', name: string) {
    if (this.#seed === null) return tf.initializers.zeros();
    const seed = nameHash(`${this.#seed}/${name}`);
    if (kind === 'glorotUniform' || this.#config.norm) return tf.initializers[kind]({ seed });
    const scale = 2 / TRUNCATED ** 2;
    return tf.initializers.varianceScaling({ scale, mode: 'fanIn', distribution: 'normal', seed });
  }
}
