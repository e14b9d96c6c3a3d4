import type { Split } from '../data/split';
import type { Neighbour } from '../explain/embedding';
import { pixelsOf } from './pixels';
import type { VegaLiteSpec } from './spec';
import { type Tile, tileGrid } from './tiles';

/** An image of a split and those that are most like it. */
export interface Neighbourhood {
  readonly index: number;
  readonly neighbours: readonly Neighbour[];
}

export interface NeighbourGridOptions {
  /** Screen pixels per image pixel, a positive integer, default 2. */
  readonly scale?: number;
  /** Default: the split's name. */
  readonly title?: string;
}

/**
 * A row for each image: the image itself, then its neighbours as `nearest()` found them, right where they are of its class. The image is
 * taken for the class that most of its neighbours are of, the nearest one's among equals.
 *
 * @throws RangeError when there is no image, an index is out of range, or `scale` is not a positive integer
 * @throws TypeError when the images have different numbers of neighbours, or none
 */
export function neighbourGrid(
  split: Split,
  rows: readonly Neighbourhood[],
  { scale = 2, title = split.name }: NeighbourGridOptions = {},
): VegaLiteSpec {
  const counts = [...new Set(rows.map(({ neighbours }) => neighbours.length))];
  if (counts.length > 1 || counts[0] === 0) {
    throw new TypeError(`invalid rows; not all with as many neighbours, or none: ${counts.join(' and ')}`);
  }
  const classOf = (index: number) => split.classNames[split.labels[index]];
  const tiles = rows.flatMap(({ index, neighbours }): Tile[] => {
    const trueClass = classOf(index);
    const voted = mostFrequent(neighbours.map((neighbour) => classOf(neighbour.index)));
    const verdictOn = (name: string) => (name === trueClass ? 'right' : 'wrong');
    return [
      {
        pixels: pixelsOf(split, index),
        caption: voted,
        note: `true: ${trueClass}`,
        verdict: verdictOn(voted),
        details: { image: index, class: trueClass, similarity: 'itself' },
      },
      ...neighbours.map((neighbour): Tile => {
        const name = classOf(neighbour.index);
        const similarity = neighbour.similarity.toFixed(3);
        return {
          pixels: pixelsOf(split, neighbour.index),
          caption: name,
          note: similarity,
          verdict: verdictOn(name),
          details: { image: neighbour.index, class: name, similarity },
        };
      }),
    ];
  });
  return tileGrid(tiles, {
    columns: 1 + (counts[0] ?? 0),
    scale,
    title,
    subtitle:
      'first what most of its neighbours are, then these and how alike they are (1: in the same direction)',
  });
}

/** The first of equally frequent ones. */
function mostFrequent(names: readonly string[]): string {
  const count = (name: string) => names.filter((other) => other === name).length;
  return names.reduce((best, name) => (count(name) > count(best) ? name : best));
}
