/** How far a long study is; part of each of its records. */
export interface Progress {
  /** Records so far, this one included. */
  readonly done: number;
  /** Records in all. */
  readonly total: number;
  /** If the rest takes as long as what is done; 0 at the end. */
  readonly secondsLeft: number;
}

/**
 * Counts records from now on.
 *
 * @param now milliseconds of a clock; for tests
 */
export function countUpTo(total: number, now: () => number = () => performance.now()): () => Progress {
  const start = now();
  let done = 0;
  return () => {
    done++;
    const seconds = (now() - start) / 1000;
    return { done, total, secondsLeft: (seconds / done) * (total - done) };
  };
}
