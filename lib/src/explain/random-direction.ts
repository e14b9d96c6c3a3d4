import type { Variable } from '@tensorflow/tfjs-node-gpu';
import { seededRandom } from '../data/random';

/**
 * A direction in the space of weights, filter-normalised (Li et al. 2018, arXiv 1712.09913, section 4): normal random numbers, each
 * filter scaled to the norm of the net's own, d_ij <- d_ij / |d_ij| |theta_ij|; 0 for vectors, which are biases and what batch norms
 * have, as in the authors' code (`xignore=biasbn`). Else a filter before a batch norm could be scaled at will, and surfaces of two nets
 * could not be compared.
 *
 * A filter is what makes one output channel: of kernels `[height, width, in, out]` and `[in, out]` the last axis counts filters.
 *
 * @param stream directions of one seed differ by it
 * @returns one array a variable, in row-major order
 */
export function randomDirection(weights: readonly Variable[], seed: number, stream = 0): Float32Array[] {
  const normal = normalNumbers(seededRandom(seed, stream));
  return weights.map((weight) => {
    const own = weight.dataSync() as Float32Array;
    if (weight.shape.length < 2) return new Float32Array(own.length);
    const drawn = Float64Array.from(own, normal);
    const filters = weight.shape.at(-1)!;
    const [ownNorms, drawnNorms] = [filterNorms(own, filters), filterNorms(drawn, filters)];
    return Float32Array.from(drawn, (value, i) => (value / drawnNorms[i % filters]) * ownNorms[i % filters]);
  });
}

function filterNorms(values: Float32Array | Float64Array, filters: number): Float64Array {
  const squares = new Float64Array(filters);
  values.forEach((value, i) => {
    squares[i % filters] += value * value;
  });
  return squares.map(Math.sqrt);
}

/** Standard normal numbers out of even ones in [0, 1) (Box & Muller 1958). */
function normalNumbers(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
