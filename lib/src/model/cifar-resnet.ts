/** The papers' networks for small images, by depth. */
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { buildResNet } from './build-resnet';
import { checkOneOf, checkOptions, checkPositive } from './check-arguments';
import type { ResNetConfig } from './resnet-config';

/** What may be chosen beside the depth; all other fields of a {@link ResNetConfig} too. */
export interface CifarResNetOptions extends Partial<Omit<ResNetConfig, 'stem' | 'stages' | 'stemWidth'>> {
  /** Default 1; a basic block has no 1.5. */
  readonly version?: 1 | 2;
  /** Default A in version 1 and B in version 2, as in the papers. */
  readonly shortcut?: ResNetConfig['shortcut'];
  /** Factor of all widths, which are 16, 32 and 64; below 1 of the stem's 16 too. A positive multiple of 1/16, default 1. */
  readonly width?: number;
  /** Default bottleneck for 164 and 1001, as in the paper, else basic. */
  readonly block?: ResNetConfig['block'];
}

const WIDTHS = [16, 32, 64];
const STEM_WIDTH = 16;
const STRIDES = [1, 2, 2];
const BOTTLENECK_DEPTHS = [164, 1001]; // of He et al. 2016

/**
 * The papers' networks for CIFAR-10 (He et al. 2015, arXiv 1512.03385, section 4.2, and He et al. 2016, arXiv 1603.05027), as a plain
 * configuration. ResNet-20 has 269,722 trained parameters, with option A's shortcuts and as plain net.
 *
 * ```
 *   images              [batch, 32, 32,  3]   values 0..1
 *   conv 3×3, 16        [batch, 32, 32, 16]
 *   stage 1, n blocks   [batch, 32, 32, 16]   times 4 with bottlenecks, here and below
 *   stage 2, n blocks   [batch, 16, 16, 32]
 *   stage 3, n blocks   [batch,  8,  8, 64]
 *   global average      [batch, 64]
 *   dense, softmax      [batch, classes]
 * ```
 *
 * @param depth 6 n + 2 for basic blocks: 20, 32, 44, 56, 110, 1202; 9 n + 2 for bottlenecks: 164, 1001
 * @throws RangeError or TypeError for a depth or an option that cannot be
 */
export function cifarResNetConfig(depth: number, options: CifarResNetOptions = {}): ResNetConfig {
  checkOptions('cifarResNet', options, [...OWN, ...SHARED]);
  const { version = 1, width = 1, block = blockOf(depth), ...others } = options;
  checkOneOf('version', version, [1, 2]);
  checkOneOf('block', block, ['basic', 'bottleneck']);
  checkFactor(width);
  const shortcut = options.shortcut ?? (version === 1 ? 'A' : 'B');
  const perBlock = block === 'basic' ? 6 : 9;
  if (!Number.isInteger(depth) || depth <= 2 || (depth - 2) % perBlock !== 0) {
    const rule = {
      basic: 'not 6 n + 2, as 20, 32, 44, 56, 110 and 1202',
      bottleneck: 'not 9 n + 2, as 164 and 1001',
    }[block];
    throw new RangeError(`invalid depth; ${rule}, with ${block} blocks: ${depth}`);
  }
  const kind = shortcut === 'none' ? 'plain' : version === 1 ? 'resnet' : 'preresnet';
  return {
    name: `cifar_${kind}${depth}${width === 1 ? '' : `_w${width}`}`,
    inputShape: [32, 32, 3],
    classes: 10,
    ...others,
    ...{ version, shortcut, block, stem: '3x3', stemWidth: STEM_WIDTH * Math.min(1, width) },
    stages: stagesOf((depth - 2) / perBlock, width),
  };
}

/** That net; see {@link cifarResNetConfig}. The model is not compiled yet; the caller disposes it. */
export function cifarResNet(
  depth: number,
  { seed, ...options }: CifarResNetOptions & { readonly seed?: number } = {},
): LayersModel {
  return buildResNet(cifarResNetConfig(depth, options), { seed });
}

/**
 * Wide residual networks (Zagoruyko & Komodakis 2016, arXiv 1605.07146, table 1): pre-activated basic blocks, `width` times as wide as
 * those of He et al. WRN-16-4 and WRN-28-10 of the paper.
 *
 * @param depth 6 n + 4, as the paper counts a convolution in a shortcut of each stage: 16, 22, 28, 40
 * @throws RangeError or TypeError for a depth or an option that cannot be
 */
export function wideResNetConfig(
  depth: number,
  width: number,
  options: Omit<CifarResNetOptions, 'version' | 'width' | 'block'> = {},
): ResNetConfig {
  checkOptions('wideResNet', options, [...SHARED, 'shortcut']);
  if (!Number.isInteger(depth) || depth < 10 || (depth - 4) % 6 !== 0) {
    throw new RangeError(`invalid depth; not 6 n + 4, such as 16, 22, 28 or 40: ${depth}`);
  }
  const config = cifarResNetConfig(depth - 2, { ...options, version: 2, width, block: 'basic' });
  return { ...config, name: options.name ?? `wrn_${depth}_${width}` };
}

/** That net; see {@link wideResNetConfig}. The model is not compiled yet; the caller disposes it. */
export function wideResNet(
  depth: number,
  width: number,
  { seed, ...options }: Parameters<typeof wideResNetConfig>[2] & { readonly seed?: number } = {},
): LayersModel {
  return buildResNet(wideResNetConfig(depth, width, options), { seed });
}

const OWN = ['version', 'shortcut', 'width', 'block'];
const SHARED = [
  ...['name', 'inputShape', 'classes', 'statistics', 'shortcutNorm', 'shortcutPool', 'strideAt', 'convBias'],
  ...['squeezeExcitation', 'zeroInit', 'stochasticDepth', 'dropout', 'norm'],
];

function checkFactor(width: number): void {
  checkPositive('width', width);
  if (Number.isInteger(STEM_WIDTH * width)) return;
  throw new RangeError(
    `invalid width; not a multiple of 1/${STEM_WIDTH}, so that channels are whole: ${width}`,
  );
}

function blockOf(depth: number): ResNetConfig['block'] {
  return BOTTLENECK_DEPTHS.includes(depth) ? 'bottleneck' : 'basic';
}

function stagesOf(blocks: number, factor: number) {
  return WIDTHS.map((width, i) => ({ blocks, width: factor * width, strides: STRIDES[i] }));
}
