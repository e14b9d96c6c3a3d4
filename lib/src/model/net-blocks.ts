import type { SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import type { NetLayers } from './net-layers';
import type { SettledConfig } from './resnet-config';

/** One block of a net: what its place there decides. */
export interface Block {
  readonly name: string;
  readonly width: number;
  readonly strides: number;
  /** The first one after the stem. */
  readonly isFirst: boolean;
  /** How often its branch is left out in training. */
  readonly dropRate: number;
}

/**
 * A block of the paper of 2015 (arXiv 1512.03385, figure 5), on the left as basic block and on the right as bottleneck.
 *
 * ```
 *      x                      x
 *      ├──────────┐           ├──────────┐        [batch, height, width, from]
 *   conv 3×3 / s  │        conv 1×1 (/ s)│
 *   norm, ReLU    │        norm, ReLU    │
 *   conv 3×3   shortcut    conv 3×3 (/ s)│
 *   norm          │        norm, ReLU shortcut
 *      │          │        conv 1×1, 4 w │
 *      │          │        norm          │
 *     add ────────┘           add ───────┘        [batch, ceil(height / s), ceil(width / s), w or 4 w]
 *     ReLU                    ReLU
 * ```
 *
 * A bottleneck's stride is in the first convolution in version 1, in the second in version 1.5. The plain twin has no shortcut.
 */
export function block(x: SymbolicTensor, spec: Block, config: SettledConfig, net: NetLayers): SymbolicTensor {
  const { name, width, strides } = spec;
  const convNorm = (y: SymbolicTensor, filters: number, size: number, part: string, strides = 1) =>
    net.norm(net.conv(y, filters, size, part, { strides }), part, part === last && config.zeroInit);
  let y = x;
  const last = `${name}_${config.block === 'basic' ? 2 : 3}`;
  if (config.block === 'basic') {
    y = net.relu(convNorm(y, width, 3, `${name}_1`, strides), `${name}_1`);
    y = convNorm(net.dropout(y, config.dropout, name), width, 3, last);
  } else {
    const [first, second] = config.version === 1 ? [strides, 1] : [1, strides];
    y = net.relu(convNorm(y, width, 1, `${name}_1`, first), `${name}_1`);
    y = net.relu(convNorm(y, width, 3, `${name}_2`, second), `${name}_2`);
    y = convNorm(y, 4 * width, 1, last);
  }
  return net.relu(joined(x, x, y, spec, config, net), name);
}

/**
 * A block of the paper of 2016 (arXiv 1603.05027, figure 4 e): norm and ReLU come before each convolution, so that nothing lies on the way
 * from shortcut to shortcut. What is projected is x after norm and ReLU, and so is what the first block of the net carries past itself
 * (appendix, "for the first Residual Unit").
 *
 * ```
 *      x                         x
 *   norm, ReLU ───┐           norm, ReLU ───┐      or past them, where nothing is projected
 *   conv 3×3 / s  │           conv 1×1      │
 *   norm, ReLU shortcut       norm, ReLU    │
 *   conv 3×3      │           conv 3×3 / s shortcut
 *      │          │           norm, ReLU    │
 *      │          │           conv 1×1, 4 w │
 *     add ────────┘              add ───────┘
 * ```
 */
export function preActivationBlock(
  x: SymbolicTensor,
  spec: Block,
  config: SettledConfig,
  net: NetLayers,
): SymbolicTensor {
  const { name, width, strides } = spec;
  const activated = net.activated(x, `${name}_pre`);
  let y = activated;
  if (config.block === 'basic') {
    y = net.activated(net.conv(y, width, 3, `${name}_1`, { strides }), `${name}_1`);
    y = net.conv(net.dropout(y, config.dropout, name), width, 3, `${name}_2`, { normed: false });
  } else {
    y = net.activated(net.conv(y, width, 1, `${name}_1`), `${name}_1`);
    y = net.activated(net.conv(y, width, 3, `${name}_2`, { strides }), `${name}_2`);
    y = net.conv(y, 4 * width, 1, `${name}_3`, { normed: false });
  }
  return joined(spec.isFirst ? activated : x, activated, y, spec, config, net);
}

/**
 * The branch, and what is carried past it added.
 *
 * @param carried where the shape stays
 * @param projected where a convolution changes it
 */
function joined(
  carried: SymbolicTensor,
  projected: SymbolicTensor,
  branch: SymbolicTensor,
  { name, strides, dropRate }: Block,
  config: SettledConfig,
  net: NetLayers,
): SymbolicTensor {
  const { shortcut, squeezeExcitation } = config;
  let y = squeezeExcitation ? net.squeezeExcitation(branch, squeezeExcitation, name) : branch;
  y = net.dropPath(y, dropRate, name);
  if (shortcut === 'none') return y;
  const filters = y.shape[3]!;
  const grows = carried.shape[3] !== filters;
  if (shortcut === 'C' || (shortcut === 'B' && grows)) {
    return net.add(y, projection(projected, filters, strides, name, config, net), name);
  }
  return net.add(y, net.identity(carried, filters, strides, `${name}_shortcut`), name);
}

function projection(
  x: SymbolicTensor,
  filters: number,
  strides: number,
  block: string,
  { shortcutNorm, shortcutPool }: SettledConfig,
  net: NetLayers,
): SymbolicTensor {
  const name = `${block}_shortcut`;
  const pooled = shortcutPool && strides > 1;
  const from = pooled ? net.averaged(x, strides, name) : x;
  const y = net.conv(from, filters, 1, name, { strides: pooled ? 1 : strides, normed: shortcutNorm });
  return shortcutNorm ? net.norm(y, name) : y;
}
