import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { checkOptions, checkSeed, checkWholeNumber, shown } from './check-arguments';
import { NetLayers } from './net-layers';
import type { InputShape } from './resnet-config';

export interface ResNet9Options {
  /** Default 10. */
  readonly classes?: number;
  /** [height, width, channels] of one image, height and width multiples of 8, or null: any; default [32, 32, 3]. */
  readonly inputShape?: InputShape;
  /** Channels of the stem and of the three stages; default [64, 128, 256, 512]. */
  readonly widths?: readonly [number, number, number, number];
  /** An integer: the same seed gives the same initial weights; default 0. */
  readonly seed?: number | null;
}

const HEAD_SCALE = 0.125; // of the logits
const SHRINKAGE = 8; // of both sides, by the pools of three stages

/**
 * The net that made fast training on CIFAR-10 a sport: 6,573,120 trained parameters (Page 2018, "How to Train Your ResNet 4:
 * Architecture", myrtle.ai, and github.com/davidcpage/cifar10-fast). Wide and shallow, with two residual blocks, and pools where other nets
 * have strides.
 *
 * ```
 *   images                            [batch, 32, 32,   3]   values 0..1
 *   stem      conv 3×3                [batch, 32, 32,  64]
 *   stage 1   conv 3×3, pool, block   [batch, 16, 16, 128]
 *   stage 2   conv 3×3, pool          [batch,  8,  8, 256]
 *   stage 3   conv 3×3, pool, block   [batch,  4,  4, 512]
 *   global maximum, dense without bias, times 1/8, softmax
 *
 *   a block:   x ──┬── conv 3×3 ── conv 3×3 ──┬── add        every convolution followed by norm and ReLU
 *                  └──────────────────────────┘
 * ```
 *
 * @returns a model that is not compiled yet; the caller disposes it
 * @throws TypeError or RangeError for an option that cannot be
 */
export function resNet9(options: ResNet9Options = {}): LayersModel {
  checkOptions('resNet9', options, ['classes', 'inputShape', 'widths', 'seed']);
  const { classes = 10, inputShape = [32, 32, 3], widths = [64, 128, 256, 512], seed = 0 } = options;
  checkWholeNumber('classes', classes, 2);
  for (const width of widths) checkWholeNumber('widths', width);
  if (seed !== null) checkSeed(seed);
  checkInputShape(inputShape);
  const net = new NetLayers({ convBias: 'never', norm: { momentum: 0.9, epsilon: 1e-5 } }, seed);
  const convolved = (x: SymbolicTensor, filters: number, name: string) =>
    net.activated(net.conv(x, filters, 3, name), name);
  const residual = (x: SymbolicTensor, filters: number, name: string) =>
    net.add(convolved(convolved(x, filters, `${name}_1`), filters, `${name}_2`), x, name);

  const images = tf.input({ shape: [...inputShape], name: 'images' });
  const [first, ...stages] = widths;
  let x = convolved(images, first, 'stem');
  for (const [i, width] of stages.entries()) {
    const stage = `stage${i + 1}`;
    x = convolved(x, width, stage);
    x = tf.layers.maxPooling2d({ poolSize: 2, name: `${stage}_pool` }).apply(x) as SymbolicTensor;
    if (i !== 1) x = residual(x, width, `${stage}_block1`);
  }
  x = tf.layers.globalMaxPooling2d({ name: 'head_pool' }).apply(x) as SymbolicTensor;
  x = tf.layers.rescaling({ scale: HEAD_SCALE, name: 'head_scale' } as never).apply(x) as SymbolicTensor;
  const probabilities = net.dense(x, classes, 'head_dense', { bias: false });
  return tf.model({ inputs: images, outputs: probabilities, name: 'resnet9' });
}

/** The maximum of no pixels at all would be -Infinity, and the probabilities NaN. */
function checkInputShape([height, width, channels]: InputShape): void {
  for (const side of [height, width]) {
    if (side === null || (Number.isSafeInteger(side) && side > 0 && side % SHRINKAGE === 0)) continue;
    throw new RangeError(
      `invalid inputShape; height and width must be multiples of ${SHRINKAGE}: ${shown([height, width, channels])}`,
    );
  }
  checkWholeNumber('inputShape', channels);
}
