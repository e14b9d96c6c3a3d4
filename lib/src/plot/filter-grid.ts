import type { LayersModel, layers, Tensor } from '@tensorflow/tfjs-node-gpu';
import { rangeOf, shareOf } from './pixels';
import type { Pixels } from './png';
import type { VegaLiteSpec } from './spec';
import { tileGrid } from './tiles';

export interface FilterGridOptions {
  /** Filters in a row, default 16. */
  readonly columns?: number;
  /** Screen pixels per weight, a positive integer, default 6. */
  readonly scale?: number;
  /** What black and white mean: each filter's own smallest and largest weight (default), or those of all filters. */
  readonly normalise?: 'each' | 'all';
  /** Default: the layer's and the model's name. */
  readonly title?: string;
}

/**
 * The filters of a convolution on images, as images: a 7x7x3 filter is a picture of 7x7 colours.
 *
 * @param layerName a layer whose first variable is a kernel `[height, width, 1 or 3, filters]`
 * @throws RangeError when the model has no such layer, or its kernel is of another shape
 */
export function filterGrid(
  model: LayersModel,
  layerName: string,
  { columns = 16, scale = 6, normalise = 'each', title }: FilterGridOptions = {},
): VegaLiteSpec {
  const layer = model.layers.find(({ name }) => name === layerName);
  if (!layer) {
    const names = model.layers.map(({ name }) => name).join(', ');
    throw new RangeError(`unknown layer; not in the model: ${layerName}; it has ${names}`);
  }
  const kernel = kernelOf(layer);
  const [height, width, channels, filters] = kernel.shape;
  const weights = kernel.dataSync<'float32'>();
  const everyRange = rangeOf(weights);
  const tiles = Array.from({ length: filters }, (_, filter) => {
    const own = weights.filter((_, i) => i % filters === filter); // [height, width, channels]
    const range = normalise === 'each' ? rangeOf(own) : everyRange;
    const bytes = Array.from({ length: height * width * 3 }, (_, i) => {
      const [pixel, c] = [Math.floor(i / 3), channels === 3 ? i % 3 : 0];
      return Math.round(255 * shareOf(own[pixel * channels + c], range));
    });
    const pixels: Pixels = { width, height, rgb: Uint8Array.from(bytes) };
    const { low, high } = rangeOf(own);
    return {
      pixels,
      details: { filter, 'smallest weight': low.toFixed(4), 'largest weight': high.toFixed(4) },
    };
  });
  const scope =
    normalise === 'each' ? 'each scaled to its own range of weights' : 'all on one scale of weights';
  return tileGrid(tiles, {
    columns,
    scale,
    title: title ?? `Filters of ${layerName} in ${model.name}`,
    subtitle: `${filters} filters of ${height} × ${width} × ${channels}, ${scope}`,
  });
}

/** The variable itself, not ours to dispose; `[height, width, 1 or 3, filters]`. */
function kernelOf(layer: layers.Layer): Tensor {
  const kernel = layer.weights[0]?.read() as Tensor | undefined;
  if (kernel?.shape.length === 4 && [1, 3].includes(kernel.shape[2])) return kernel;
  const shape = kernel ? `[${kernel.shape.join(', ')}]` : 'no variables';
  throw new RangeError(
    `cannot draw the filters of ${layer.name}; a kernel [height, width, 1 or 3, filters] is needed: ${shape}; ` +
      'take a convolution on the images themselves',
  );
}
