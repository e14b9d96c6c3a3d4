import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { checkSeed } from './check-arguments';
import { block, preActivationBlock } from './net-blocks';
import { NetLayers } from './net-layers';
import { normalization } from './normalization';
import { type ResNetConfig, type SettledConfig, settle } from './resnet-config';

/**
 * The net of a configuration:
 *
 * ```
 *   images     [batch, height, width, channels]       values 0..1
 *   stem       [batch, height / 1 or 4, ..., stemWidth]
 *   stage 1    its blocks, one after the other
 *   ...
 *   head       in version 2 norm and ReLU; global average; dense, softmax: [batch, classes]
 * ```
 *
 * Layers are called `stem_...`, `stage1_block1_1_conv` (the first convolution of a block), `stage1_block1_shortcut_...` and `head_...`.
 *
 * @param options.seed an integer: the same seed gives the same initial weights; default 0. Null: all kernels 0, for a net that is only
 *   counted, or filled with weights
 * @returns a model that is not compiled yet; the caller disposes it
 * @throws TypeError or RangeError for a field that cannot be
 */
export function buildResNet(
  config: ResNetConfig,
  { seed = 0 }: { readonly seed?: number | null } = {},
): LayersModel {
  const settled = settle(config);
  if (seed !== null) checkSeed(seed);
  const net = new NetLayers(settled, seed);
  const { inputShape, statistics, classes, version, name } = settled;
  const images = tf.input({ shape: [...inputShape], name: 'images' });
  let x = statistics ? normalization(statistics, { name: 'normalization' })(images) : images;
  x = stem(x, settled, net);
  const makeBlock = version === 2 ? preActivationBlock : block;
  for (const spec of blocksOf(settled)) x = makeBlock(x, spec, settled, net);
  if (version === 2) x = net.activated(x, 'head');
  x = tf.layers.globalAveragePooling2d({ name: 'head_pool' }).apply(x) as SymbolicTensor;
  const model = tf.model({ inputs: images, outputs: net.dense(x, classes, 'head_dense'), name });
  configs.set(model, config);
  return model;
}

const configs = new WeakMap<LayersModel, ResNetConfig>();

/** What {@link buildResNet} made this very model from; undefined for others, loaded ones too. */
export function configOf(model: LayersModel): ResNetConfig | undefined {
  return configs.get(model);
}

/** Without norm and ReLU in version 2, whose first block begins with them. */
function stem(
  x: SymbolicTensor,
  { stem, stemWidth, version }: SettledConfig,
  net: NetLayers,
): SymbolicTensor {
  const [size, strides] = stem === '7x7' ? [7, 2] : [3, stem === 'deep' ? 2 : 1];
  let y = x;
  if (stem === 'deep') {
    const half = Math.floor(stemWidth / 2);
    y = net.activated(net.conv(y, half, size, 'stem_1', { strides }), 'stem_1');
    y = net.activated(net.conv(y, half, size, 'stem_2'), 'stem_2');
  }
  const normed = version !== 2;
  y = net.conv(y, stemWidth, size, 'stem', { strides: stem === 'deep' ? 1 : strides, normed });
  if (normed) y = net.activated(y, 'stem');
  if (stem === '3x3') return y;
  const pool = tf.layers.maxPooling2d({ poolSize: 3, strides: 2, name: 'stem_pool' });
  return pool.apply(net.pad(y, 1, 'stem_pool_pad')) as SymbolicTensor; // zeros: no more than a ReLU lets through
}

/** Every block of the net, in order. */
function blocksOf({ stages, strideAt, stochasticDepth }: SettledConfig) {
  const count = stages.reduce((sum, { blocks }) => sum + blocks, 0);
  const places = stages.flatMap(({ blocks, width, strides }, stage) =>
    Array.from({ length: blocks }, (_, i) => ({
      name: `stage${stage + 1}_block${i + 1}`,
      width,
      strides: i === (strideAt === 'first' ? 0 : blocks - 1) ? strides : 1,
    })),
  );
  return places.map((place, i) => ({
    ...place,
    isFirst: i === 0,
    dropRate: (stochasticDepth * (i + 1)) / count,
  }));
}
