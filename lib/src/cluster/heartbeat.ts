const TICKS = 8; // a silence

/**
 * Signs of life in both directions of a connection.
 *
 * Silence is counted in ticks of the own timer, and a late tick is one tick: who slept himself, or computed for long without letting
 * timers run, hears first what has arrived meanwhile and accuses nobody. A worker whose event loop stands still for less than
 * `silenceSeconds` is not taken for dead: with the beat that it may have been about to send, nothing is heard of it for 9/8 of that
 * at most, and the tenth tick comes no sooner. So a silence is noticed after 9/8 to 10/8 of `silenceSeconds`.
 */
export class Heartbeat {
  private missed = 0; // ticks
  private readonly timer: NodeJS.Timeout;

  /**
   * @param beat called at every tick
   * @param onSilence called once at most
   */
  constructor(
    silenceSeconds: number,
    private readonly beat: () => void,
    private readonly onSilence: () => void,
  ) {
    this.timer = setInterval(() => this.tick(), (silenceSeconds * 1000) / TICKS).unref();
  }

  /** The other side is alive. */
  heard(): void {
    this.missed = 0;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    this.beat();
    this.missed++;
    if (this.missed < TICKS + 2) return;
    this.stop();
    this.onSilence();
  }
}
