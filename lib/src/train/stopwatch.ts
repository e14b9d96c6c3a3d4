/** Seconds that may begin at what an earlier process had measured. */
export class Stopwatch {
  #before = 0;
  #start: number | undefined;

  /** Runs from now on; does nothing when it runs already. */
  start(): void {
    this.#start ??= performance.now();
  }

  /** Stands still at `seconds`. */
  reset(seconds = 0): void {
    this.#before = seconds;
    this.#start = undefined;
  }

  get seconds(): number {
    return this.#before + (this.#start === undefined ? 0 : (performance.now() - this.#start) / 1000);
  }
}
