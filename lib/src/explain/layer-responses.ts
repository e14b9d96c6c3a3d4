import type { LayersModel, layers, SymbolicTensor, Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Split } from '../data/split';
import { tf } from '../tensorflow/load';
import { pixels } from '../train/training-step';
import { residualBlocks } from './residual-blocks';
import { SplitFunction, type SplitOptions } from './split-function';
import { depths } from './weighted-layers';

/** How much a layer's output varies, over all images, places and channels. */
export interface LayerResponse {
  /** Of the convolution. */
  readonly layer: string;
  /** Layers with a kernel on the longest way from the images, this one included. */
  readonly depth: number;
  /** Standard deviation of the response. */
  readonly std: number;
}

/** How large a block's F(x) is beside what it is added to; sizes are root mean squares over images, places and channels. */
export interface BlockResponse {
  readonly block: string;
  /** Of F(x). */
  readonly branch: number;
  /** Of x, or of what a projection makes of it. */
  readonly shortcut: number;
  /** branch / shortcut; 0 where both are. */
  readonly ratio: number;
}

export interface LayerResponses {
  /** Of every 3x3 convolution, in the order of the model. */
  readonly layers: readonly LayerResponse[];
  /** Of every residual block, in order; none in a plain net. */
  readonly blocks: readonly BlockResponse[];
}

/**
 * The responses of a net's layers, as He et al. 2015 (arXiv 1512.03385, figure 7) have them: the output of each 3x3 convolution after
 * its batch norm and before the nonlinearity or the addition; where another layer follows, as the addition in nets of 2016, the
 * convolution's own. In inference mode, where the paper does not say which. Beside them the size of every block's two summands: blocks
 * that only refine what comes to them have a small F(x).
 *
 * @throws TypeError when model and split do not fit, or there is no 3x3 convolution; RangeError when the split is empty
 */
export async function layerResponses(
  model: LayersModel,
  split: Split,
  { compile, ...options }: SplitOptions = {},
): Promise<LayerResponses> {
  const convolutions = model.layers.filter(is3x3);
  if (convolutions.length === 0)
    throw new TypeError(`cannot measure responses; ${model.name} has no 3x3 convolution`);
  const blocks = residualBlocks(model);
  const outputs = [
    ...convolutions.map((layer) => responseOf(layer, model)),
    ...blocks.flatMap(({ branch, shortcut }) => [branch, shortcut]),
  ];
  const [means, squares] = await moments(model, outputs, split, { compile, ...options });
  const depthOf = depths();
  const sizes = squares.slice(convolutions.length).map(Math.sqrt);
  return {
    layers: convolutions.map((layer, i) => ({
      layer: layer.name,
      depth: depthOf(layer.output as SymbolicTensor),
      std: Math.sqrt(Math.max(0, squares[i] - means[i] ** 2)),
    })),
    blocks: blocks.map(({ name }, i) => {
      const [branch, shortcut] = [sizes[2 * i], sizes[2 * i + 1]];
      return { block: name, branch, shortcut, ratio: branch === 0 ? 0 : branch / shortcut };
    }),
  };
}

/** Mean and mean square of each place in the net, over all images: batches are reduced before they leave the graph. */
async function moments(
  model: LayersModel,
  outputs: SymbolicTensor[],
  split: Split,
  { compile, ...options }: SplitOptions,
): Promise<[means: Float64Array, squares: Float64Array]> {
  const places = [...new Set(outputs)]; // a block's sum may be the next one's shortcut
  // Shares the layers and holds no tensor of its own; disposing it would dispose the model's weights.
  const upToPlaces = tf.model({ inputs: model.inputs, outputs: places });
  const fn = (bytes: Tensor) => {
    const values = [upToPlaces.apply(pixels(bytes), { training: false }) as Tensor | Tensor[]].flat();
    const each = values.map((value) => tf.moments(value));
    return [tf.stack(each.map(({ mean }) => mean)), tf.stack(each.map(({ variance }) => variance))];
  };
  const statistics = new SplitFunction(model, `the responses of ${model.name}`, fn, compile);
  const means = new Float64Array(outputs.length);
  const squares = new Float64Array(outputs.length);
  try {
    for await (const { indices, results } of statistics.run(split, options)) {
      const share = indices.length / split.labels.length;
      outputs.forEach((output, i) => {
        const [mean, variance] = results.map((values) => Number(values[places.indexOf(output)]));
        means[i] += share * mean;
        squares[i] += share * (variance + mean ** 2);
      });
    }
  } finally {
    statistics.dispose();
  }
  return [means, squares];
}

function is3x3(layer: layers.Layer): boolean {
  const { kernelSize } = layer as layers.Layer & { readonly kernelSize?: readonly number[] };
  return layer.getClassName() === 'Conv2D' && kernelSize!.every((size) => size === 3);
}

/** What the batch norm makes of it that takes it in, if there is one. */
function responseOf(convolution: layers.Layer, model: LayersModel): SymbolicTensor {
  const output = convolution.output as SymbolicTensor;
  const norm = model.layers.find(
    (layer) =>
      layer.getClassName() === 'BatchNormalization' && (layer.output as SymbolicTensor).inputs[0] === output,
  );
  return (norm ?? convolution).output as SymbolicTensor;
}
