import { seededRandom } from './random';

/** The `k` directions in which features vary most, and where each image lies along them. */
export interface PrincipalComponents {
  /** Orthonormal directions, `[k, d]`, the one of the highest variance first; in each, the entry largest in size is positive. */
  readonly components: Float64Array;
  /** The features, centred and projected, `[n, k]`. */
  readonly points: Float32Array;
  /** Variance along each direction, `[k]` (divided by n - 1). */
  readonly variances: readonly number[];
  /** Each variance's share of all variance, 0..1; 0 when nothing varies. */
  readonly shares: readonly number[];
}

const MAX_ROUNDS = 5000; // of power iteration; enough for two variances that differ by a hundredth
const TOLERANCE = 1e-9; // of the residual |C v - variance v|, as a part of all variance

/**
 * Principal component analysis: the leading eigenvectors of the covariance matrix, by power iteration with each direction
 * kept orthogonal to those before it (Golub and Van Loan, Matrix Computations, section 7.3), in double precision.
 *
 * The same features give the same result. Directions of almost equal variance may come out mixed with each other: between
 * them the choice is arbitrary, and a plot shows the same cloud, turned.
 *
 * @param features `[n, d]` in row-major order, e.g. what a layer puts out for n images
 * @param n images, at least 2
 * @param d features of one image
 * @param k directions wanted, from 1 to d
 * @throws TypeError when `features` is not `[n, d]`; RangeError when `n` or `k` is out of range or a feature is not finite
 */
export function principalComponents(
  features: Float32Array,
  n: number,
  d: number,
  k = 3,
): PrincipalComponents {
  checkArguments(features, n, d, k);
  const centred = centre(features, n, d);
  const matrix = covariance(centred, n, d);
  let total = 0;
  for (let a = 0; a < d; a++) total += matrix[a * d + a];
  const found: Direction[] = [];
  for (let i = 0; i < k; i++) {
    const others = found.map(({ vector }) => vector);
    found.push(leadingDirection(matrix, d, others, TOLERANCE * total, seededRandom(i)));
  }
  found.sort((a, b) => b.variance - a.variance); // of almost equal ones the lesser may have been found first
  return {
    components: Float64Array.from(found.flatMap(({ vector }) => [...vector])),
    points: project(centred, found, n, d),
    variances: found.map(({ variance }) => variance),
    shares: found.map(({ variance }) => (total > 0 ? variance / total : 0)),
  };
}

interface Direction {
  /** Of length 1, `[d]`. */
  readonly vector: Float64Array;
  readonly variance: number;
}

function checkArguments(features: Float32Array, n: number, d: number, k: number): void {
  if (!Number.isInteger(n) || n < 2) throw new RangeError(`invalid n; not an integer of at least 2: ${n}`);
  if (!Number.isInteger(k) || k < 1 || k > d) {
    throw new RangeError(`invalid k; not an integer from 1 to ${d} (the features of an image): ${k}`);
  }
  if (features.length !== n * d) {
    throw new TypeError(
      `invalid features; there must be ${n} x ${d} (images x features): ${features.length}`,
    );
  }
  const bad = features.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `invalid feature; not a finite number: ${features[bad]} of image ${Math.floor(bad / d)}`,
    );
  }
}

/** Subtracts each feature's mean; `[n, d]`. */
function centre(features: Float32Array, n: number, d: number): Float64Array {
  const means = new Float64Array(d);
  for (let i = 0; i < features.length; i++) means[i % d] += features[i] / n;
  return Float64Array.from(features, (value, i) => value - means[i % d]);
}

/** `[d, d]` from centred `[n, d]`. */
function covariance(centred: Float64Array, n: number, d: number): Float64Array {
  const matrix = new Float64Array(d * d);
  for (let i = 0; i < n; i++) {
    const row = centred.subarray(i * d, (i + 1) * d);
    for (let a = 0; a < d; a++) {
      const scaled = row[a] / (n - 1);
      for (let b = 0; b < d; b++) matrix[a * d + b] += scaled * row[b];
    }
  }
  return matrix;
}

/** The direction of highest variance among those orthogonal to `others`. */
function leadingDirection(
  matrix: Float64Array,
  d: number,
  others: readonly Float64Array[],
  tolerance: number,
  random: () => number,
): Direction {
  // A random start has a part along every direction; an axis may be orthogonal to the one we look for.
  let vector = normalised(
    without(
      Float64Array.from({ length: d }, () => random() - 0.5),
      others,
    ),
  );
  let variance = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const turned = without(times(matrix, vector, d), others);
    variance = dot(turned, vector);
    const residual = turned.map((value, a) => value - variance * vector[a]);
    if (Math.sqrt(dot(residual, residual)) <= tolerance) break;
    vector = normalised(turned);
  }
  return { vector: withPositivePeak(vector), variance: Math.max(variance, 0) }; // rounding may leave -1e-17
}

function times(matrix: Float64Array, vector: Float64Array, d: number): Float64Array {
  return vector.map((_, a) => dot(matrix.subarray(a * d, (a + 1) * d), vector));
}

/** Takes out of `vector` its parts along `others`, twice, because once leaves rounding errors that grow (Gram and Schmidt). */
function without(vector: Float64Array, others: readonly Float64Array[]): Float64Array {
  for (const other of [...others, ...others]) {
    const part = dot(vector, other);
    for (let a = 0; a < vector.length; a++) vector[a] -= part * other[a];
  }
  return vector;
}

function normalised(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** An eigenvector's sign is arbitrary; this choice makes the result the same everywhere. */
function withPositivePeak(vector: Float64Array): Float64Array {
  const peak = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return peak < 0 ? vector.map((value) => -value) : vector;
}

/** `[n, k]` from centred `[n, d]`. */
function project(
  centred: Float64Array,
  directions: readonly Direction[],
  n: number,
  d: number,
): Float32Array {
  const k = directions.length;
  return Float32Array.from({ length: n * k }, (_, at) => {
    const row = centred.subarray(Math.floor(at / k) * d, (Math.floor(at / k) + 1) * d);
    return dot(row, directions[at % k].vector);
  });
}
