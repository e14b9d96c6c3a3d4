import type { layers, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { checkOptions, checkSeed, checkWholeNumber, shown } from './check-arguments';
import { applied, batchNormalization, conv2d } from './keras-defaults';

export interface ResidualBlockOptions {
  /** Height and width of both convolutions' kernels, in pixels; 3 by default. */
  kernelSize?: number;
  /** Step of the first convolution and of the shortcut, in pixels; 1 by default, 2 halves height and width. */
  strides?: number;
  /** False leaves out the shortcut and the addition: the plain twin to compare with; true by default. */
  shortcut?: boolean;
  /**
   * Prefix of the layers' names; by default the first of `block1`, `block2`, ... that no layer before `x` has.
   * Blocks side by side need names of their own.
   */
  name?: string;
  /** An integer: the same seed and name give the same initial weights. Undefined: different ones every time. */
  seed?: number;
}

/**
 * The residual block of the article: two convolutions compute F(x), a 1x1 convolution W carries x past them.
 *
 * ```
 *            x  [batch, height, width, channels]
 *            │
 *      ┌─────┴──────────────┐
 *   conv k×k / strides      │
 *   batch norm              │
 *   ReLU             conv 1×1 / strides    with bias, without batch norm
 *   conv k×k                │
 *   batch norm              │
 *      └─────┬──────────────┘
 *           add                            no activation after it
 *            │
 *       F(x) + W x  [batch, ceil(height / strides), ceil(width / strides), filters]
 * ```
 *
 * He et al. 2015 (arXiv 1512.03385, section 3.2) let x pass unchanged wherever its shape allows that (their equation 1) and
 * project it only where it does not (equation 2), and they apply a ReLU after the addition. The article ("Demystifying
 * Neural Networks: ResNet", 2024) projects on every shortcut and has no ReLU there; this is the article's block.
 *
 * @param x what a layer returns, rank 4, with a known number of channels; height and width may be null
 * @param filters channels of the result, a positive integer
 * @returns the block's output; its layers' weights are disposed with the model that is built from it
 * @throws TypeError for a wrong `x`, type or option name, RangeError for a number that is not a positive integer
 */
export function residualBlock(
  x: SymbolicTensor,
  filters: number,
  options: ResidualBlockOptions = {},
): SymbolicTensor {
  checkOptions('residualBlock', options, ['kernelSize', 'strides', 'shortcut', 'name', 'seed']);
  checkImages(x);
  const { kernelSize = 3, strides = 1, shortcut = true, name = freeBlockName(x), seed } = options;
  checkWholeNumber('filters', filters);
  checkWholeNumber('kernelSize', kernelSize);
  checkWholeNumber('strides', strides);
  checkSeed(seed);
  if (typeof shortcut !== 'boolean')
    throw new TypeError(`invalid shortcut; not a boolean: ${shown(shortcut)}`);
  if (typeof name !== 'string' || name === '')
    throw new TypeError(`invalid name; not a text: ${shown(name)}`);

  let y = conv2d(filters, kernelSize, { strides, name: `${name}_conv1`, seed })(x);
  y = batchNormalization({ name: `${name}_bn1` })(y);
  y = applied(tf.layers.reLU({ name: `${name}_relu` }))(y);
  y = conv2d(filters, kernelSize, { name: `${name}_conv2`, seed })(y);
  y = batchNormalization({ name: `${name}_bn2` })(y);
  if (!shortcut) return y;

  const projected = conv2d(filters, 1, { strides, name: `${name}_shortcut`, seed })(x);
  return tf.layers.add({ name: `${name}_add` }).apply([y, projected]) as SymbolicTensor;
}

function checkImages(x: unknown): asserts x is SymbolicTensor {
  if (!(x instanceof tf.SymbolicTensor)) {
    throw new TypeError(`invalid x; not what a layer or tf.input() returns: ${shown(x)}`);
  }
  if (x.shape.length !== 4) {
    throw new TypeError(`invalid x; shape is not [batch, height, width, channels]: ${shown(x.shape)}`);
  }
  if (x.shape[3] === null) throw new TypeError(`invalid x; number of channels is unknown: ${shown(x.shape)}`);
}

/** The first of `block1`, `block2`, ... that begins no name of a layer on the way to `x`. */
function freeBlockName(x: SymbolicTensor): string {
  const upstream = new Set<layers.Layer>([x.sourceLayer]);
  for (const layer of upstream) {
    // A Set visits what is added while we walk it.
    for (const node of layer.inboundNodes) for (const inbound of node.inboundLayers) upstream.add(inbound);
  }
  const names = [...upstream].map((layer) => layer.name);
  let number = 1;
  while (names.some((name) => name.startsWith(`block${number}_`))) number += 1;
  return `block${number}`;
}
