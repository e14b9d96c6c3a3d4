import type { PixelStatistics } from '../data/pixel-statistics';
import {
  checkOneOf,
  checkOptions,
  checkPositive,
  checkShare,
  checkWholeNumber,
  shown,
} from './check-arguments';

/** [height, width, channels] of one image; a height or width of null: any. */
export type InputShape = readonly [height: number | null, width: number | null, channels: number];

/** Blocks of one size, one after the other; the first of them comes from the size before. */
export interface Stage {
  readonly blocks: number;
  /** Channels of the 3x3 convolutions. */
  readonly width: number;
  /** 2 halves height and width. */
  readonly strides: number;
}

/**
 * What carries x past a block (He et al. 2015, arXiv 1512.03385, section 4.1): A: x itself, with zeros for new channels; B: a 1x1
 * convolution where the number of channels changes, elsewhere as A; C: one in every block; none: nothing, which makes the plain twin.
 */
export type Shortcut = 'A' | 'B' | 'C' | 'none';

/**
 * A residual net as plain data, which `buildResNet` makes and `describe` counts. The functions that are named after nets fill it in:
 * `cifarResNetConfig`, `wideResNetConfig`, `imageNetResNetConfig`.
 */
export interface ResNetConfig {
  /** Of the model, and of its file. */
  readonly name: string;
  readonly inputShape: InputShape;
  readonly classes: number;
  /** Of the images that it will be trained on, 0..1: the net begins by shifting and scaling by them; default: it does not. */
  readonly statistics?: PixelStatistics;
  /**
   * `3x3`: one convolution, for small images. `7x7`: one of stride 2 and a max pool of stride 2 (He et al. 2015, table 1). `deep`: three
   * 3x3 convolutions, of which the first two are half as wide, and the pool (He, T. et al. 2018, arXiv 1812.01187, figure 2, ResNet-C).
   */
  readonly stem: '3x3' | '7x7' | 'deep';
  readonly stemWidth: number;
  /** `basic`: two 3x3 convolutions; `bottleneck`: 1x1, 3x3 and a 1x1 of four times the width (He et al. 2015, figure 5). */
  readonly block: 'basic' | 'bottleneck';
  readonly stages: readonly Stage[];
  /**
   * 1: norm and ReLU after each convolution, and a ReLU after the addition (He et al. 2015). 1.5: the same, with a bottleneck's stride in
   * its 3x3 convolution instead of the first 1x1. 2: norm and ReLU before each convolution, nothing after the addition, the stride as in
   * 1.5 (He et al. 2016, arXiv 1603.05027, figure 4 e).
   */
  readonly version: 1 | 1.5 | 2;
  readonly shortcut: Shortcut;
  /** A batch norm after a shortcut's convolution; default: in versions 1 and 1.5, where there are norms. */
  readonly shortcutNorm?: boolean;
  /** Shortcuts that change in size average 2x2 pixels, instead of leaving out three of them (ResNet-D, arXiv 1812.01187, figure 2); default false. */
  readonly shortcutPool?: boolean;
  /** Which block of a stage has its stride; default the first, and the last in Keras's version 2, whose last stage has none. */
  readonly strideAt?: 'first' | 'last';
  /**
   * Biases in convolutions: `always` is Keras's version 1, `unnormed`, where no norm follows, its version 2. Default never; in nets
   * without norms `unnormed`, which is everywhere.
   */
  readonly convBias?: 'never' | 'unnormed' | 'always';
  /** Each block weighs its channels by what it sees, through a layer this many times narrower (Hu et al. 2017, arXiv 1709.01507); 16 there. Default: none. */
  readonly squeezeExcitation?: number;
  /**
   * The last norm of each branch begins with gamma 0, so that a block begins as its shortcut (Goyal et al. 2017, arXiv 1706.02677, section
   * 5.1); default false. In version 2, whose branches end in a convolution, and without shortcuts there is no such thing.
   */
  readonly zeroInit?: boolean;
  /** How often the last block's branch is left out in training, 0 to less than 1; those before it less often, in proportion (Huang et al. 2016, arXiv 1603.09382). Default 0. */
  readonly stochasticDepth?: number;
  /** Rate of dropout between a basic block's convolutions (Zagoruyko & Komodakis 2016, arXiv 1605.07146, section 2.4); default 0. */
  readonly dropout?: number;
  /**
   * Of batch norm: default 0.9 and 1e-5, PyTorch's; Keras's nets have 0.99 and 1.001e-5. False: no norms. A plain net then keeps its
   * signal's size by its first weights alone (He et al. 2015b, arXiv 1502.01852, section 2.2), but for a few percent a layer where zeros
   * at the borders stand in for pixels. In a residual one each block adds a branch as large as what it is added to, so that signal and
   * gradient grow by a factor a block: a deep one cannot be trained unless its branches begin smaller (Zhang et al. 2019,
   * arXiv 1901.09321, section 2).
   */
  readonly norm?: false | { readonly momentum?: number; readonly epsilon?: number };
}

/** A configuration with all its defaults. */
export type SettledConfig = Required<Omit<ResNetConfig, 'statistics' | 'squeezeExcitation' | 'norm'>> &
  Pick<ResNetConfig, 'statistics' | 'squeezeExcitation'> & {
    readonly norm: false | { readonly momentum: number; readonly epsilon: number };
  };

const FIELDS = [
  ...['name', 'inputShape', 'classes', 'statistics', 'stem', 'stemWidth', 'block', 'stages', 'version'],
  ...['shortcut', 'shortcutNorm', 'shortcutPool', 'strideAt', 'convBias', 'squeezeExcitation', 'zeroInit'],
  ...['stochasticDepth', 'dropout', 'norm'],
];

const CHOICES = {
  stem: ['3x3', '7x7', 'deep'],
  block: ['basic', 'bottleneck'],
  version: [1, 1.5, 2],
  shortcut: ['A', 'B', 'C', 'none'],
  strideAt: ['first', 'last'],
  convBias: ['never', 'unnormed', 'always'],
  shortcutNorm: [true, false],
  shortcutPool: [true, false],
  zeroInit: [true, false],
} as const;

/**
 * Fills in the defaults.
 *
 * @throws TypeError or RangeError which names the field, what it may be and what it is
 */
export function settle(config: ResNetConfig): SettledConfig {
  checkOptions('a ResNetConfig', config, FIELDS);
  const normed = config.norm !== false;
  const settled = {
    shortcutNorm: normed && config.version !== 2,
    shortcutPool: false,
    strideAt: 'first',
    convBias: normed ? 'never' : 'unnormed',
    zeroInit: false,
    stochasticDepth: 0,
    dropout: 0,
    ...config,
    norm: settledNorm(config.norm),
  } as const;
  for (const [name, choices] of Object.entries(CHOICES)) {
    checkOneOf(name, settled[name as keyof typeof CHOICES], choices);
  }
  checkSizes(settled);
  for (const name of ['stochasticDepth', 'dropout'] as const) checkShare(name, settled[name]);
  if (settled.dropout > 0 && settled.block !== 'basic') {
    throw new TypeError(
      `invalid dropout; only basic blocks have it: ${settled.dropout} with ${settled.block}`,
    );
  }
  for (const name of ['zeroInit', 'shortcutNorm'] as const) {
    if (settled[name] && !settled.norm)
      throw new TypeError(`invalid ${name}; a net without norms has none to change: ${settled[name]}`);
  }
  if (settled.zeroInit && (settled.version === 2 || settled.shortcut === 'none')) {
    throw new TypeError(
      'invalid zeroInit; only branches that end in a norm, beside a shortcut, can begin as nothing: ' +
        `true with version ${settled.version} and shortcut ${shown(settled.shortcut)}`,
    );
  }
  if (settled.squeezeExcitation !== undefined)
    checkWholeNumber('squeezeExcitation', settled.squeezeExcitation);
  return settled;
}

function settledNorm(norm: ResNetConfig['norm'] = {}): SettledConfig['norm'] {
  if (norm === false) return false;
  checkOptions('norm', norm, ['momentum', 'epsilon']);
  const { momentum = 0.9, epsilon = 1e-5 } = norm;
  checkShare('norm.momentum', momentum);
  checkPositive('norm.epsilon', epsilon);
  return { momentum, epsilon };
}

/** Channels that come out of a stage's blocks. */
export function channelsOf({ block }: Pick<ResNetConfig, 'block'>, { width }: Stage): number {
  return block === 'basic' ? width : 4 * width;
}

function checkSizes({ inputShape, classes, stemWidth, stages }: ResNetConfig): void {
  if (!Array.isArray(inputShape) || inputShape.length !== 3) {
    throw new TypeError(`invalid inputShape; not [height, width, channels]: ${shown(inputShape)}`);
  }
  const [height, width, channels] = inputShape;
  for (const side of [height, width]) if (side !== null) checkWholeNumber('inputShape', side);
  checkWholeNumber('inputShape', channels);
  checkWholeNumber('classes', classes, 2);
  checkWholeNumber('stemWidth', stemWidth);
  if (!Array.isArray(stages) || stages.length === 0) {
    throw new TypeError(`invalid stages; not a list of at least one: ${shown(stages)}`);
  }
  for (const stage of stages) {
    checkOptions('a stage', stage, ['blocks', 'width', 'strides']);
    for (const name of ['blocks', 'width', 'strides'] as const)
      checkWholeNumber(`stages.${name}`, stage[name]);
  }
}
