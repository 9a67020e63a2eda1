/**
 * The server's clock, as far as its answers tell. The device's own clock is never asked what time it is: it may be wrong.
 *
 * Answers carry whole seconds. Each one confines the difference between the server's time and a steady local counter to
 * an interval (the second that was read, widened by the time the answer took); intersecting them soon gives a fraction.
 */
export class ServerClock {
  #low = -Infinity;
  #high = Infinity;

  constructor(
    /** A counter of seconds that never jumps, such as `performance.now() / 1000`. */
    private readonly steady: () => number,
  ) {}

  get known(): boolean {
    return Number.isFinite(this.#low);
  }

  /** Takes in that the server read `stamp` (Unix seconds) between `sent` and `received`, values of the steady counter. */
  observe(stamp: number, sent: number, received: number): void {
    const low = stamp - received;
    const high = stamp + 1 - sent;
    const contradiction = Math.max(low, this.#low) >= Math.min(high, this.#high);
    this.#low = contradiction ? low : Math.max(low, this.#low);
    this.#high = contradiction ? high : Math.min(high, this.#high);
  }

  /** Forgets what was observed, for instance because the counter may have stood still while the device slept. */
  reset(): void {
    this.#low = -Infinity;
    this.#high = Infinity;
  }

  /** The server's time in Unix seconds with a fraction, or NaN when nothing was observed yet. */
  time(): number {
    return this.known ? this.steady() + (this.#low + this.#high) / 2 : NaN;
  }
}
