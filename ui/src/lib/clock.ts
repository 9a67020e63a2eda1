/**
 * The server's clock, derived from its answers. The device's own clock is never used: it may be wrong.
 *
 * Answers carry whole seconds. Each one confines the difference between the server's time and a monotonic local counter
 * to an interval: the second it states, widened by the time the answer took. Their intersection soon gives a fraction.
 */
export class ServerClock {
  #low = -Infinity;
  #high = Infinity;

  constructor(
    /** A monotonic counter of seconds, such as `performance.now() / 1000`. */
    private readonly steady: () => number,
  ) {}

  get known(): boolean {
    return Number.isFinite(this.#low);
  }

  /** Records that the server's clock read `stamp` (Unix seconds) between `sent` and `received` of the counter. */
  observe(stamp: number, sent: number, received: number): void {
    const low = stamp - received;
    const high = stamp + 1 - sent;
    const contradiction = Math.max(low, this.#low) >= Math.min(high, this.#high);
    this.#low = contradiction ? low : Math.max(low, this.#low);
    this.#high = contradiction ? high : Math.min(high, this.#high);
  }

  /** Discards all observations, for instance because the counter may have stopped while the device slept. */
  reset(): void {
    this.#low = -Infinity;
    this.#high = Infinity;
  }

  /** Returns the server's time in Unix seconds with a fraction, NaN before the first observation. */
  time(): number {
    return this.known ? this.steady() + (this.#low + this.#high) / 2 : NaN;
  }
}
