import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { seededRandom, shuffledIndices } from '../data/random';
import { checkWholeNumber } from '../model/check-arguments';
import { netParts } from './net-parts';

/** What is done to a net, by the names of its parts: first swapped, one pair after the other, then removed. */
export interface Lesion {
  readonly removed: readonly string[];
  readonly swapped: readonly (readonly [string, string])[];
}

export interface DrawOptions {
  /** How many parts to remove, or pairs to swap, one after the other. */
  readonly counts: readonly number[];
  /** Lesions of each count, default 5. */
  readonly draws?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** The names of the parts that {@link Lesion}s are made of: blocks of a residual net, layers of a plain one, in order. */
export function partNames(model: LayersModel): string[] {
  return netParts(model).map(({ name }) => name);
}

/** Every part alone removed (Veit et al. 2016, arXiv 1605.06431, section 4.1). */
export function eachRemoved(model: LayersModel): Lesion[] {
  return partNames(model).map((name) => ({ removed: [name], swapped: [] }));
}

/**
 * Several parts at once removed, drawn without repetition (section 4.2).
 *
 * @throws RangeError for a count that is not of 1 to the number of parts
 */
export function someRemoved(model: LayersModel, { counts, draws = 5, seed = 0 }: DrawOptions): Lesion[] {
  const names = partNames(model);
  checkDraws(counts, draws, names.length);
  return counts.flatMap((count, c) =>
    Array.from({ length: draws }, (_, draw) => {
      const order = shuffledIndices(names.length, seed, c * draws + draw).subarray(0, count);
      return { removed: [...order.sort()].map((i) => names[i]), swapped: [] };
    }),
  );
}

/**
 * Pairs of parts of the same shapes swapped, one pair after the other, each drawn anew (section 4.3).
 *
 * @throws RangeError for a count that is not positive, or when no two parts have the same shapes
 */
export function someSwapped(model: LayersModel, { counts, draws = 5, seed = 0 }: DrawOptions): Lesion[] {
  const parts = netParts(model);
  checkDraws(counts, draws);
  const pairs = parts.flatMap((part, i) =>
    parts
      .slice(i + 1)
      .flatMap((other) => (part.kind === other.kind ? [[part.name, other.name] as const] : [])),
  );
  if (pairs.length === 0)
    throw new RangeError(`cannot swap; no two parts of ${model.name} have the same shapes`);
  return counts.flatMap((count, c) =>
    Array.from({ length: draws }, (_, draw) => {
      const random = seededRandom(seed, c * draws + draw);
      const swapped = Array.from({ length: count }, () => pairs[Math.floor(random() * pairs.length)]);
      return { removed: [], swapped };
    }),
  );
}

/**
 * How alike two orders are: of all pairs the share in the same order less the share in the other (Kendall's tau), 1 for the same
 * order, -1 for its reverse.
 *
 * @param places of each thing in the other order, a permutation of 0 to n - 1, n at least 2
 */
export function kendallTau(places: readonly number[]): number {
  let agreement = 0;
  places.forEach((place, i) => {
    for (const later of places.slice(i + 1)) agreement += Math.sign(later - place);
  });
  return agreement / ((places.length * (places.length - 1)) / 2);
}

function checkDraws(counts: readonly number[], draws: number, most = Number.POSITIVE_INFINITY): void {
  checkWholeNumber('draws', draws);
  for (const count of counts) {
    checkWholeNumber('counts', count);
    if (count > most) throw new RangeError(`invalid counts; the net has ${most} parts: ${count}`);
  }
}
