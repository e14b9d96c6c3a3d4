import { seededRandom } from '../data/random';
import { checkOptions, checkPositive, checkSeed, checkWholeNumber } from '../model/check-arguments';
import type { Embedding } from './embedding';

export interface UmapOptions {
  /** Of the map, default 2. */
  readonly dimensions?: number;
  /** How many nearest images of each are to stay near; few: fine detail, many: the large picture. Default 15. */
  readonly neighbours?: number;
  /** How close points may lie on the map, default 0.1. */
  readonly minDistance?: number;
  /** The same seed gives the same map; default 0. */
  readonly seed?: number;
}

/**
 * A map on which images lie near each other if they do among the features: UMAP (McInnes et al. 2018, arXiv 1802.03426), by the
 * library umap-js. Unlike the axes of `projected()` those of this map mean nothing, and neither do distances between far groups.
 *
 * It takes some seconds for 500 images and grows faster than their number; nothing else runs meanwhile.
 *
 * @returns `[n, dimensions]`, as `featureCloud` takes it
 * @throws RangeError when there are not more images than `neighbours`, or a number is out of range; TypeError for a wrong option name
 */
export async function umap(
  { features, size, labels }: Embedding,
  options: UmapOptions = {},
): Promise<number[][]> {
  checkOptions('umap', options, ['dimensions', 'neighbours', 'minDistance', 'seed']);
  const { dimensions = 2, neighbours = 15, minDistance = 0.1, seed = 0 } = options;
  checkWholeNumber('dimensions', dimensions);
  checkWholeNumber('neighbours', neighbours, 2);
  checkPositive('minDistance', minDistance);
  checkSeed(seed);
  const n = labels.length;
  if (n <= neighbours) {
    throw new RangeError(`cannot draw a map; more images than ${neighbours} neighbours are needed: ${n}`);
  }
  const rows = Array.from({ length: n }, (_, i) => [...features.subarray(i * size, (i + 1) * size)]);
  const { UMAP } = await import('umap-js'); // with the first call: importing this library stays quick
  const map = new UMAP({
    ...{ nComponents: dimensions, nNeighbors: neighbours, minDist: minDistance, random: seededRandom(seed) },
  });
  return map.fit(rows);
}
