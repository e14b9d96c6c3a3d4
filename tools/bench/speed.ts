import type { Measurement, Report } from './measurement';

/** A function that tells the seconds since this call. */
export function stopwatch(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}

/**
 * The speed over all epochs but the first, which warms up.
 *
 * @param ends when each epoch was over, in seconds from any moment before
 */
export function speed(
  ends: readonly number[],
  { images, batch }: Pick<Measurement, 'images' | 'batch'>,
): Pick<Report, 'msPerStep' | 'imagesPerSecond'> {
  const seconds = (ends[ends.length - 1] - ends[0]) / (ends.length - 1); // an epoch
  const steps = Math.ceil(images / batch);
  return { msPerStep: (1000 * seconds) / steps, imagesPerSecond: images / seconds };
}
