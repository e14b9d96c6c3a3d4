/** The papers' networks for ImageNet, by depth. */
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { buildResNet } from './build-resnet';
import { checkOneOf, checkOptions } from './check-arguments';
import type { ResNetConfig } from './resnet-config';

export interface ImageNetResNetOptions
  extends Partial<Omit<ResNetConfig, 'stages' | 'stemWidth' | 'block' | 'shortcutPool'>> {
  /** Default 1.5, as torchvision has it. */
  readonly version?: ResNetConfig['version'];
  /** ResNet-D: a deep stem and shortcuts that average (He, T. et al. 2018, arXiv 1812.01187, section 4.2); default false. */
  readonly d?: boolean;
}

/** Blocks of the four stages, He et al. 2015 (arXiv 1512.03385), table 1. */
const BLOCKS: Readonly<Record<number, readonly number[]>> = {
  18: [2, 2, 2, 2],
  34: [3, 4, 6, 3],
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
  152: [3, 8, 36, 3],
};
const KERAS_DEPTHS = [50, 101, 152];
const WIDTHS = [64, 128, 256, 512];
const SIZE = 224; // pixels
const CLASSES = 1000;

/**
 * ResNet-18 to 152 (He et al. 2015, arXiv 1512.03385, table 1, and He et al. 2016, arXiv 1603.05027), for images of any size, as a plain
 * configuration. With its defaults the nets are torchvision's: ResNet-50 has 25,557,032 trained parameters and 4.089e9 multiply-adds.
 *
 * ```
 *   images              [batch, 224, 224,    3]   values 0..1, or as the weights want them
 *   conv 7×7 / 2        [batch, 112, 112,   64]
 *   max pool 3×3 / 2    [batch,  56,  56,   64]
 *   stage 1             [batch,  56,  56,   64]   256 with bottlenecks: 50, 101 and 152
 *   stage 2             [batch,  28,  28,  128]   512
 *   stage 3             [batch,  14,  14,  256]   1024
 *   stage 4             [batch,   7,   7,  512]   2048
 *   global average, dense, softmax
 * ```
 *
 * @param depth 18, 34, 50, 101 or 152
 * @throws RangeError or TypeError for a depth or an option that cannot be
 */
export function imageNetResNetConfig(depth: number, options: ImageNetResNetOptions = {}): ResNetConfig {
  checkOptions('imageNetResNet', options, OPTIONS);
  const { version = 1.5, d = false, ...others } = options;
  checkOneOf('version', version, [1, 1.5, 2]);
  checkOneOf('d', d, [true, false]);
  const plain = options.shortcut === 'none';
  return {
    name: `${plain ? 'plain' : 'resnet'}${depth}${d ? 'd' : ''}${version === 2 ? 'v2' : ''}`,
    inputShape: [SIZE, SIZE, 3],
    classes: CLASSES,
    shortcut: 'B',
    ...(d ? { stem: 'deep', shortcutPool: true } : { stem: '7x7' }),
    ...others,
    ...{ version, stemWidth: 64, block: depth >= 50 ? 'bottleneck' : 'basic' },
    stages: stagesOf(depth, [1, 2, 2, 2]),
  };
}

/** That net; see {@link imageNetResNetConfig}. The model is not compiled yet; the caller disposes it. */
export function imageNetResNet(
  depth: number,
  { seed, ...options }: ImageNetResNetOptions & { readonly seed?: number | null } = {},
): LayersModel {
  return buildResNet(imageNetResNetConfig(depth, options), { seed });
}

/**
 * ResNet50, 101 and 152 as in keras.applications (keras.io/api/applications/resnet), whose version 1 has a bias in every convolution, and
 * whose version 2 has its strides at the end of the first three stages.
 *
 * @param depth 50, 101 or 152
 * @throws RangeError or TypeError for a depth or an option that cannot be
 */
export function kerasResNetConfig(
  depth: number,
  options: Partial<Pick<ResNetConfig, 'inputShape' | 'classes' | 'name'>> & { readonly version?: 1 | 2 } = {},
): ResNetConfig {
  checkOptions('kerasResNet', options, ['version', 'inputShape', 'classes', 'name']);
  const { version = 1, ...others } = options;
  checkOneOf('version', version, [1, 2]);
  if (!KERAS_DEPTHS.includes(depth)) throw depthError(depth, KERAS_DEPTHS);
  return {
    ...imageNetResNetConfig(depth, { ...others, version }),
    convBias: version === 1 ? 'always' : 'unnormed',
    norm: { momentum: 0.99, epsilon: 1.001e-5 },
    ...(version === 2 && { strideAt: 'last', stages: stagesOf(depth, [2, 2, 2, 1]) }),
  };
}

const OPTIONS = [
  ...['version', 'd', 'name', 'inputShape', 'classes', 'statistics', 'stem', 'shortcut', 'shortcutNorm'],
  ...['strideAt', 'convBias', 'squeezeExcitation', 'zeroInit', 'stochasticDepth', 'dropout', 'norm'],
];

function stagesOf(depth: number, strides: readonly number[]) {
  const blocks = BLOCKS[depth];
  if (!blocks) throw depthError(depth, Object.keys(BLOCKS).map(Number));
  return blocks.map((count, i) => ({ blocks: count, width: WIDTHS[i], strides: strides[i] }));
}

function depthError(depth: unknown, valid: readonly number[]): RangeError {
  return new RangeError(`invalid depth; not ${valid.slice(0, -1).join(', ')} or ${valid.at(-1)}: ${depth}`);
}
