import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { type ColourMap, colourOf, rangeOf, shareOf } from './pixels';
import type { VegaLiteSpec } from './spec';
import { tileGrid } from './tiles';

export interface FeatureMapGridOptions {
  /** What the title calls them, e.g. the layer's name. */
  readonly title: string;
  /** Maps in a row, default 8. */
  readonly columns?: number;
  /** Draw only the first so many channels, default 64. */
  readonly channels?: number;
  /** Screen pixels per activation, a positive integer; default: as many as make a map about 64 wide. */
  readonly scale?: number;
  /** Default viridis: dark blue is low, yellow is high. */
  readonly colours?: ColourMap;
  /** What dark and bright mean: each map's own smallest and largest activation (default), or those of all maps. */
  readonly normalise?: 'each' | 'all';
}

/**
 * What a layer puts out for one image, one small picture per channel.
 *
 * @param activations `[height, width, channels]`, or `[1, height, width, channels]`; stays the caller's
 * @throws TypeError when `activations` have another shape
 * @throws RangeError when `columns`, `channels` or `scale` is not a positive integer
 */
export function featureMapGrid(
  activations: Tensor | readonly (readonly (readonly number[])[])[],
  {
    title,
    columns = 8,
    channels = 64,
    scale,
    colours = 'viridis',
    normalise = 'each',
  }: FeatureMapGridOptions,
): VegaLiteSpec {
  if (!Number.isInteger(channels) || channels < 1) {
    throw new RangeError(`invalid channels; not a positive integer: ${channels}`);
  }
  const { values, shape } = flat(activations);
  const [height, width, depth] = shape;
  const shown = Math.min(depth, channels);
  const everyRange = rangeOf(values);
  const tiles = Array.from({ length: shown }, (_, channel) => {
    const own = Array.from({ length: height * width }, (_, pixel) => values[pixel * depth + channel]);
    const ownRange = rangeOf(own);
    const range = normalise === 'each' ? ownRange : everyRange;
    const rgb = Uint8Array.from(own.flatMap((value) => colourOf(shareOf(value, range), colours)));
    const details = { channel, smallest: ownRange.low.toPrecision(3), largest: ownRange.high.toPrecision(3) };
    return { pixels: { width, height, rgb }, details };
  });
  const some = shown < depth ? `the first ${shown} of ${depth}` : `${depth}`;
  const scope = normalise === 'each' ? 'each on its own scale' : 'all on one scale';
  return tileGrid(tiles, {
    columns,
    scale: scale ?? Math.max(1, Math.round(64 / width)),
    title,
    subtitle: `${some} channels of ${height} × ${width}, ${scope}, bright is high`,
  });
}

interface Flat {
  readonly values: ArrayLike<number> & Iterable<number>;
  readonly shape: readonly number[];
}

function flat(activations: Tensor | readonly (readonly (readonly number[])[])[]): Flat {
  if (Array.isArray(activations)) {
    const shape = [activations.length, activations[0]?.length ?? 0, activations[0]?.[0]?.length ?? 0];
    const values: number[] = activations.flat(2);
    if (values.length === 0 || values.length !== shape[0] * shape[1] * shape[2])
      throw wrongShape('a ragged array');
    return { values, shape };
  }
  const tensor = activations as Tensor;
  const shape = tensor.rank === 4 && tensor.shape[0] === 1 ? tensor.shape.slice(1) : tensor.shape;
  if (shape.length !== 3) throw wrongShape(`[${tensor.shape.join(', ')}]`);
  return { values: tensor.dataSync(), shape };
}

function wrongShape(found: string): TypeError {
  return new TypeError(
    `invalid activations; not [height, width, channels] of one image: ${found}; take a layer before the pooling to a vector`,
  );
}
