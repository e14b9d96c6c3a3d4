import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import type { Split } from '../data/split';
import { cifarResNetConfig } from '../model/cifar-resnet';
import { applied, batchNormalization, conv2d, denseSoftmax } from '../model/keras-defaults';
import { residualBlock } from '../model/residual-block';
import { tf } from '../tensorflow/load';

export interface ArticleChainOptions {
  /** Whether a ReLU follows each addition, as in He et al. 2015 (arXiv 1512.03385, figure 2). The article has none. */
  readonly activation: boolean;
  /** What it will be trained on, for shape and classes. */
  readonly images: Pick<Split, 'imageShape' | 'classNames'>;
  readonly seed?: number;
}

/**
 * The article's block, `residualBlock`, as often as a deep net needs it: stages and strides are the paper's, the widths half of them.
 *
 * ```
 *   images                  [batch, 32, 32,  3]
 *   conv 3×3, norm, ReLU    [batch, 32, 32,  8]
 *   n blocks                [batch, 32, 32,  8]   a ReLU after each, if asked for
 *   n blocks, the first /2  [batch, 16, 16, 16]
 *   n blocks, the first /2  [batch,  8,  8, 32]
 *   ReLU, average, softmax  [batch, classes]      the ReLU, so that both kinds end alike
 * ```
 *
 * @param depth 6 n + 2, without the blocks' 1x1 convolutions
 * @returns a model that is not compiled yet; the caller disposes it
 * @throws RangeError for a depth that cannot be
 */
export function articleChain(depth: number, { activation, images, seed }: ArticleChainOptions): LayersModel {
  const { stages, stemWidth } = cifarResNetConfig(depth);
  const relu = (x: SymbolicTensor, name: string) => applied(tf.layers.reLU({ name }))(x);
  const inputs = tf.input({ shape: [...images.imageShape], name: 'images' });
  let x = conv2d(stemWidth / 2, 3, { name: 'stem_conv', seed })(inputs);
  x = relu(batchNormalization({ name: 'stem_bn' })(x), 'stem_relu');
  for (const [s, stage] of stages.entries()) {
    for (let b = 0; b < stage.blocks; b++) {
      const name = `stage${s + 1}_block${b + 1}`;
      x = residualBlock(x, stage.width / 2, { strides: b === 0 ? stage.strides : 1, name, seed });
      if (activation) x = relu(x, `${name}_after`);
    }
  }
  if (!activation) x = relu(x, 'head_relu');
  x = applied(tf.layers.globalAveragePooling2d({ name: 'head_pool' }))(x);
  const outputs = denseSoftmax(images.classNames.length, { name: 'head_dense', seed })(x);
  return tf.model({ inputs, outputs, name: `article${depth}${activation ? '_relu' : ''}` });
}
