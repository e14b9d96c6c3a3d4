import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { checkOptions, checkSeed, checkWholeNumber, shown } from './check-arguments';
import { applied, batchNormalization, conv2d, denseSoftmax } from './keras-defaults';
import { residualBlock } from './residual-block';

export interface ResNetOptions {
  /** [height, width, channels] of one image; [32, 32, 3] by default, as CIFAR-10's. */
  inputShape?: readonly [height: number, width: number, channels: number];
  /** An integer: the same seed gives the same initial weights. Undefined: different ones every time. */
  seed?: number;
}

/**
 * The network of the article "Demystifying Neural Networks: ResNet" (2024): for 32x32x3 images and ten classes 329,898
 * parameters, of which 328,874 are trained.
 *
 * ```
 *   images             [batch, 32, 32,   3]   values 0..1
 *   conv 7×7 / 2, 64   [batch, 16, 16,  64]   ┐
 *   batch norm, ReLU                          │ stem
 *   max pool 3×3 / 2   [batch,  8,  8,  64]   ┘
 *   block 1            [batch,  8,  8,  32]
 *   block 2  / 2       [batch,  4,  4,  64]
 *   block 3  / 2       [batch,  2,  2, 128]
 *   global average     [batch, 128]           ┐ head
 *   dense, softmax     [batch, classes]       ┘ probabilities
 * ```
 *
 * The stem is that of the ImageNet networks (He et al. 2015, arXiv 1512.03385, table 1); it leaves the blocks of a 32x32
 * image little to see. The paper's own CIFAR networks (section 4.2) begin with a 3x3 convolution of stride 1.
 *
 * @param numClasses at least 2
 * @returns a model that is not compiled yet; the caller disposes it
 * @throws TypeError for a wrong shape or option name, RangeError for a number out of range
 */
export function ResNet(numClasses: number, options: ResNetOptions = {}): LayersModel {
  checkOptions('ResNet', options, ['inputShape', 'seed']);
  const { inputShape = [32, 32, 3], seed } = options;
  checkWholeNumber('numClasses', numClasses, 2);
  checkImageShape(inputShape);
  checkSeed(seed);

  const images = tf.input({ shape: [...inputShape], name: 'images' });
  let x = conv2d(64, 7, { strides: 2, name: 'stem_conv', seed })(images);
  x = batchNormalization({ name: 'stem_bn' })(x);
  x = applied(tf.layers.reLU({ name: 'stem_relu' }))(x);
  x = applied(tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same', name: 'stem_pool' }))(x);

  x = residualBlock(x, 32, { name: 'block1', seed });
  x = residualBlock(x, 64, { strides: 2, name: 'block2', seed });
  x = residualBlock(x, 128, { strides: 2, name: 'block3', seed });

  x = applied(tf.layers.globalAveragePooling2d({ name: 'head_pool' }))(x);
  const probabilities = denseSoftmax(numClasses, { name: 'head_dense', seed })(x);
  return tf.model({ inputs: images, outputs: probabilities, name: 'resnet' });
}

function checkImageShape(shape: unknown): void {
  const positive = (side: unknown) => Number.isSafeInteger(side) && (side as number) > 0;
  if (Array.isArray(shape) && shape.length === 3 && shape.every(positive)) return;
  throw new TypeError(
    `invalid inputShape; not three positive integers, [height, width, channels]: ${shown(shape)}`,
  );
}
