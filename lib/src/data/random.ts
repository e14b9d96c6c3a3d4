/** Randomness that is passed in: the same seed gives the same numbers on every machine and Node version. */

const WORD = 2 ** 32;

/**
 * A generator of numbers in `[0, 1)` with 32 random bits each.
 *
 * The generator is sfc32 (Doty-Humphrey's PractRand, "Small Fast Counting"): three words of state and a counter, so a
 * period of at least 2^32 whatever the seed; integer arithmetic only.
 *
 * @param seed an integer from 0 to 2^53 - 1
 * @param stream an integer from 0 to 2^32 - 1; streams of one seed are independent sequences (one per epoch, one per image)
 * @throws RangeError when `seed` or `stream` is out of range
 */
export function seededRandom(seed: number, stream = 0): () => number {
  const next = seededWords(seed, stream);
  return () => next() / WORD;
}

/** As {@link seededRandom}, but unsigned 32-bit integers, for callers that take a draw apart. */
export function seededWords(seed: number, stream = 0): () => number {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`invalid seed; not an integer from 0 to 2^53 - 1: ${seed}`);
  }
  if (!Number.isInteger(stream) || stream < 0 || stream >= WORD) {
    throw new RangeError(`invalid stream; not an integer from 0 to 2^32 - 1: ${stream}`);
  }
  let a = (seed % WORD) | 0;
  let b = Math.floor(seed / WORD) | 0;
  let c = stream | 0;
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round++) next(); // PractRand's warm-up: spreads the seed over the whole state
  return next;
}

/**
 * The integers 0 to `n - 1` in random order (Fisher and Yates), each order equally likely.
 *
 * @throws RangeError when `n` is not an integer of at least 0, or as {@link seededRandom} does
 */
export function shuffledIndices(n: number, seed: number, stream = 0): Int32Array {
  if (!Number.isInteger(n) || n < 0) throw new RangeError(`invalid n; not an integer of at least 0: ${n}`);
  const random = seededRandom(seed, stream);
  const indices = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const kept = indices[i];
    indices[i] = indices[j];
    indices[j] = kept;
  }
  return indices;
}
