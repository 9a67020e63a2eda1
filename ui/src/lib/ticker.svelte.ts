import { ServerClock } from './clock';

const steady = () => performance.now() / 1000;

/** By how many seconds the device's clock may differ from the server's before we say so. */
const TOLERANCE = 2;

/** The one ticker: every countdown on the page follows `now`. */
class Ticker {
  /** The server's time in whole Unix seconds; 0 while it is not known. */
  now = $state(0);
  /** Whole seconds by which the device's clock differs from the server's; 0 when that is too little to mention. */
  skew = $state(0);

  #clock = new ServerClock(steady);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #drift = 0;

  /** A mark to hand back to `observe` once the answer is there. */
  mark(): number {
    return steady();
  }

  /** Takes in the server's time as an answer gave it. */
  observe(stamp: number, sent: number, received = steady()): void {
    this.#clock.observe(stamp, sent, received);
    const difference = Date.now() / 1000 - this.#clock.time();
    this.#drift = Date.now() / 1000 - steady();
    this.skew = Math.abs(difference) > TOLERANCE ? Math.round(Math.abs(difference)) : 0;
    this.#tick();
  }

  /** Keeps the time right when the page wakes up; `woken` is told when that may have made codes and accounts stale. */
  watch(woken: () => void): void {
    document.addEventListener('visibilitychange', () => this.#wake(false, woken));
    window.addEventListener('pageshow', (event) => this.#wake(event.persisted, woken));
  }

  #wake(restored: boolean, woken: () => void): void {
    clearTimeout(this.#timer);
    if (document.visibilityState === 'hidden') return;
    const slept = Math.abs(Date.now() / 1000 - steady() - this.#drift) > 1;
    if (slept || restored) {
      // The counter may have stood still: no code is shown until the server has said what time it is.
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
