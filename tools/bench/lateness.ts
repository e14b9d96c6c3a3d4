import type { Report } from './measurement';

/**
 * Starts a timer that is due every `interval` milliseconds; the returned function ends it and says how late it came.
 *
 * Every call is due one interval after the one before, so that one long stall counts once, with its whole length.
 */
export function latenessOf(interval: number): () => NonNullable<Report['lateMs']> {
  const late: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - last - interval));
    last = now;
  }, interval);
  return () => {
    clearInterval(timer);
    late.push(Math.max(0, performance.now() - last - interval)); // a stall that lasts until now
    late.sort((a, b) => a - b);
    return { p50: percentile(late, 50), p99: percentile(late, 99), max: late[late.length - 1] };
  };
}

/** The smallest value that `percent` of the values do not exceed (nearest rank). */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}
