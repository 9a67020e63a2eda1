import { ServerClock } from './clock';

const steady = () => performance.now() / 1000;

/** Maximum difference between the clocks of device and server that goes unmentioned, in seconds. */
const TOLERANCE = 2;

/** The clock of the page: every countdown follows `now`. */
class Ticker {
  /** The server's time in whole Unix seconds; 0 while unknown. */
  now = $state(0);
  /** Difference between the clocks of device and server, in whole seconds; 0 if it is within the tolerance. */
  skew = $state(0);

  #clock = new ServerClock(steady);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #drift = 0;

  /** Returns the time at which a request is sent, for `observe`. */
  mark(): number {
    return steady();
  }

  /** Records the server's time from an answer. */
  observe(stamp: number, sent: number, received = steady()): void {
    this.#clock.observe(stamp, sent, received);
    const difference = Date.now() / 1000 - this.#clock.time();
    this.#drift = Date.now() / 1000 - steady();
    this.skew = Math.abs(difference) > TOLERANCE ? Math.round(Math.abs(difference)) : 0;
    this.#tick();
  }

  /** Corrects the time when the page wakes up, and calls `woken` if codes and accounts may be stale. */
  watch(woken: () => void): void {
    document.addEventListener('visibilitychange', () => this.#wake(false, woken));
    window.addEventListener('pageshow', (event) => this.#wake(event.persisted, woken));
  }

  #wake(restored: boolean, woken: () => void): void {
    clearTimeout(this.#timer);
    if (document.visibilityState === 'hidden') return;
    const slept = Math.abs(Date.now() / 1000 - steady() - this.#drift) > 1;
    if (slept || restored) {
      // The counter may have stopped: no code is shown until an answer tells the server's time.
      this.#clock.reset();
      this.now = 0;
      woken();
    }
    this.#tick();
  }

  #tick(): void {
    clearTimeout(this.#timer);
    if (!this.#clock.known || document.visibilityState === 'hidden') return;
    const time = this.#clock.time();
    this.now = Math.floor(time);
    this.#timer = setTimeout(() => this.#tick(), (this.now + 1 - time) * 1000 + 5);
  }
}

export const ticker = new Ticker();
