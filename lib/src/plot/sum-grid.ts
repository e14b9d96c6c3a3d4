import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { signedColour } from './signed-colour';
import type { VegaLiteSpec } from './spec';
import { tileGrid } from './tiles';

/** Maps of one image, by name, in the order in which to draw them: `{ x, 'F(x)': branch, 'x + F(x)': sum }`. */
export type NamedMaps = Readonly<Record<string, Tensor>>;

export interface SumGridOptions {
  /** What the title calls them, e.g. the block's name. */
  readonly title: string;
  /** Which channels, a column each; default: the first eight. */
  readonly channels?: readonly number[];
  /** Screen pixels per activation, a positive integer; default: as many as make a map about 64 wide. */
  readonly scale?: number;
}

/**
 * Maps of the same shape below each other, a row each and a column a channel, so that one sees what a sum adds up. All maps of a channel
 * are on one scale around 0: white is 0, orange above, blue below.
 *
 * @param maps each `[height, width, channels]`, or `[1, height, width, channels]`; they stay the caller's
 * @throws TypeError when there is no map, or they differ in shape
 * @throws RangeError when a channel is none of the maps', or `scale` is not a positive integer
 */
export function sumGrid(maps: NamedMaps, { title, channels, scale }: SumGridOptions): VegaLiteSpec {
  const [height, width, depth] = commonShape(maps);
  const shown = channels ?? Array.from({ length: Math.min(8, depth) }, (_, channel) => channel);
  for (const channel of shown) {
    if (Number.isInteger(channel) && channel >= 0 && channel < depth) continue;
    throw new RangeError(`invalid channel; not in [0, ${depth}): ${channel}`);
  }
  const rows = Object.entries(maps).map(([name, map]) => {
    const values = map.dataSync<'float32'>();
    const own = (channel: number) => values.filter((_, i) => i % depth === channel); // [height, width]
    return { name, maps: shown.map(own) };
  });
  const largest = shown.map((_, column) =>
    Math.max(
      ...rows.map((row) => row.maps[column].reduce((most, value) => Math.max(most, Math.abs(value)), 0)),
    ),
  );
  const tiles = rows.flatMap(({ name, maps }) =>
    maps.map((values, column) => ({
      pixels: { width, height, rgb: coloured(values, largest[column]) },
      caption: `${name}`,
      details: {
        map: name,
        channel: shown[column],
        smallest: Math.min(...values).toPrecision(3),
        largest: Math.max(...values).toPrecision(3),
      },
    })),
  );
  return tileGrid(tiles, {
    columns: shown.length,
    scale: scale ?? Math.max(1, Math.round(64 / width)),
    title,
    subtitle: `${shown.length} channels of ${depth}, ${height} × ${width}, each on its own scale; white 0, orange above, blue below`,
  });
}

function coloured(values: Float32Array, largest: number): Uint8Array {
  return Uint8Array.from([...values].flatMap((value) => signedColour(largest === 0 ? 0 : value / largest)));
}

/** `[height, width, channels]` */
function commonShape(maps: NamedMaps): readonly number[] {
  const shapes = Object.values(maps).map(({ shape }) =>
    shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape,
  );
  const [first] = shapes;
  const alike = shapes.every((shape) => shape.join() === first.join());
  if (first?.length === 3 && alike) return first;
  const found = shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ') || 'none';
  throw new TypeError(`invalid maps; not all [height, width, channels] of one image, of one shape: ${found}`);
}
