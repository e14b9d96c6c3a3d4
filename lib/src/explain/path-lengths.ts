import { checkWholeNumber } from '../model/check-arguments';

/** The ways through a net of residual blocks that pass the same number of branches. */
export interface PathCount {
  /** Branches passed, 0 to `blocks`; with two convolutions in each, half of the layers. */
  readonly length: number;
  /** How many ways there are; rounded above 2^53, Infinity above 1.8e308. */
  readonly paths: number;
  /** Of all ways, 0..1. */
  readonly share: number;
}

/**
 * How many ways of each length lead through `blocks` residual blocks, one after the other: each block is passed by its branch or by
 * its shortcut, so that of 2^n ways `n over k` have length k, and most are about n / 2 long (Veit et al. 2016, arXiv 1605.06431,
 * sections 3 and 4.4).
 *
 * @throws RangeError or TypeError when `blocks` is no positive integer
 */
export function pathLengths(blocks: number): PathCount[] {
  checkWholeNumber('blocks', blocks);
  const counts: PathCount[] = [];
  let paths = 1;
  let logarithm = 0; // of the paths: their share has a value where their number has none
  for (let length = 0; length <= blocks; length++) {
    const share = Math.exp(logarithm - blocks * Math.LN2);
    counts.push({ length, paths: length > blocks / 2 ? counts[blocks - length].paths : paths, share });
    paths = Math.round((paths * (blocks - length)) / (length + 1));
    logarithm += Math.log((blocks - length) / (length + 1));
  }
  return counts;
}
