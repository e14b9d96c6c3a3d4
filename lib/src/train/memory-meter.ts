const SECONDS = 0.25;

/** What the process holds in memory. Asking the kernel takes it through all threads, so it is asked only now and then. */
export class MemoryMeter {
  #bytes = 0;
  #asked = Number.NEGATIVE_INFINITY;

  /** In 10^6 bytes, as it was at most a quarter of a second ago. */
  get megabytes(): number {
    const now = performance.now();
    if (now - this.#asked > 1000 * SECONDS) {
      this.#asked = now;
      this.#bytes = process.memoryUsage.rss();
    }
    return this.#bytes / 1e6;
  }
}
