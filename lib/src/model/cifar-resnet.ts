import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import type { PixelStatistics } from '../data/pixel-statistics';
import type { ImageShape } from '../data/split';
import { tf } from '../tensorflow/load';
import { fusedBatchNormalization } from './batch-normalization';
import { checkOptions, checkSeed, checkWholeNumber } from './check-arguments';
import { identityShortcut } from './identity-shortcut';
import { applied, denseSoftmax } from './keras-defaults';
import { nameHash } from './name-hash';
import { normalization } from './normalization';

export interface CifarResNetOptions {
  /** Default 10. */
  readonly classes?: number;
  /** [height, width, channels] of one image; default [32, 32, 3]. */
  readonly inputShape?: ImageShape;
  /** False leaves out the shortcuts: the plain net to compare with; default true. */
  readonly shortcut?: boolean;
  /** Of the images that it will be trained on, 0..1: the net begins by shifting and scaling its images by them; default: it does not. */
  readonly statistics?: PixelStatistics;
  /** An integer: the same seed gives the same initial weights; default 0. */
  readonly seed?: number;
}

const WIDTHS = [16, 32, 64];

/**
 * The paper's networks for CIFAR-10 (He et al. 2015, arXiv 1512.03385, section 4.2) with its shortcuts without parameters (option A):
 * ResNet-20 has 269,722 trained parameters.
 *
 * ```
 *   images              [batch, 32, 32,  3]   values 0..1
 *   conv 3×3, 16        [batch, 32, 32, 16]   batch norm, ReLU
 *   stage 1, n blocks   [batch, 32, 32, 16]
 *   stage 2, n blocks   [batch, 16, 16, 32]   the first convolution with stride 2
 *   stage 3, n blocks   [batch,  8,  8, 64]   the same
 *   global average      [batch, 64]
 *   dense, softmax      [batch, classes]
 *
 *   a block:   x ──┬── conv 3×3 ── batch norm ── ReLU ── conv 3×3 ── batch norm ──┬── add ── ReLU
 *                  └──────────────────────────────────────────────────────────────┘
 * ```
 *
 * Kernels begin as in He et al. 2015b (arXiv 1502.01852). Convolutions have no bias: the batch norm after each would take it out.
 *
 * @param depth 6 n + 2: 20, 32, 44, 56, 110, ...
 * @returns a model that is not compiled yet; the caller disposes it
 * @throws RangeError or TypeError for a depth or an option that cannot be
 */
export function cifarResNet(depth: number, options: CifarResNetOptions = {}): LayersModel {
  checkOptions('cifarResNet', options, ['classes', 'inputShape', 'shortcut', 'statistics', 'seed']);
  const { classes = 10, inputShape = [32, 32, 3], shortcut = true, statistics, seed = 0 } = options;
  if (!Number.isInteger(depth) || depth < 8 || (depth - 2) % 6 !== 0) {
    throw new RangeError(`invalid depth; not 6 n + 2, such as 20, 32, 44, 56 or 110: ${depth}`);
  }
  checkWholeNumber('classes', classes, 2);
  checkSeed(seed);
  const images = tf.input({ shape: [...inputShape], name: 'images' });
  let x = statistics ? normalization(statistics, { name: 'normalization' })(images) : images;
  x = relu(convNorm(x, WIDTHS[0], 'stem', seed), 'stem');
  for (const [stage, filters] of WIDTHS.entries()) {
    for (let block = 0; block < (depth - 2) / 6; block++) {
      const name = `stage${stage + 1}_block${block + 1}`;
      const strides = stage > 0 && block === 0 ? 2 : 1;
      let y = relu(convNorm(x, filters, `${name}_1`, seed, strides), `${name}_1`);
      y = convNorm(y, filters, `${name}_2`, seed);
      if (shortcut) {
        const carried = strides === 1 ? x : identityShortcut(filters, strides, `${name}_shortcut`)(x);
        y = tf.layers.add({ name: `${name}_add` }).apply([y, carried]) as SymbolicTensor;
      }
      x = relu(y, `${name}_2`);
    }
  }
  x = applied(tf.layers.globalAveragePooling2d({ name: 'head_pool' }))(x);
  const probabilities = denseSoftmax(classes, { name: 'head_dense', seed })(x);
  const kind = shortcut ? 'resnet' : 'plain';
  return tf.model({ inputs: images, outputs: probabilities, name: `cifar_${kind}${depth}` });
}

function relu(x: SymbolicTensor, name: string): SymbolicTensor {
  return applied(tf.layers.reLU({ name: `${name}_relu` }))(x);
}

function convNorm(
  x: SymbolicTensor,
  filters: number,
  name: string,
  seed: number,
  strides = 1,
): SymbolicTensor {
  const kernelInitializer = tf.initializers.heNormal({ seed: nameHash(`${seed}/${name}_conv`) });
  const y = applied(
    tf.layers.conv2d({
      filters,
      kernelSize: 3,
      strides,
      padding: 'same',
      useBias: false,
      kernelInitializer,
      name: `${name}_conv`,
    }),
  )(x);
  return applied(fusedBatchNormalization({ momentum: 0.9, epsilon: 1e-5, name: `${name}_bn` }))(y); // PyTorch's, Torch's and Caffe's
}
