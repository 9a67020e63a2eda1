import { current, periodEnd, secondsLeft, type CurrentCode } from './codes';
import { ticker } from './ticker.svelte';
import type { Otp } from './wire.gen';

/** A code on the screen that follows the time. */
export class LiveCode {
  otp = $state.raw<Otp | null>(null);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  #asked = 0;

  /** What to show now; a code by counter stays. */
  shown: CurrentCode | null = $derived.by(() => {
    if (this.otp === null) return null;
    if (this.otp.otp_type === 'hotp') return { code: this.otp.password, next: null };
    return current(this.otp, this.otp.period, ticker.now);
  });

  period = $derived(this.otp === null || this.otp.otp_type === 'hotp' ? null : this.otp.period);
  left = $derived(this.period === null || ticker.now === 0 ? null : secondsLeft(ticker.now, this.period));

  /** Whether a new code is due, and nothing stands against asking for it. */
  due = $derived.by(() => {
    if (this.otp === null || this.otp.otp_type === 'hotp' || this.busy || this.error !== null) return false;
    return ticker.now === 0 || ticker.now >= periodEnd(this.otp.generated_at, this.otp.period);
  });

  /** Takes the code that `source` brings, unless another one was asked for meanwhile. */
  async load(source: () => Promise<Otp>): Promise<Otp> {
    const asked = ++this.#asked;
    this.busy = true;
    this.error = null;
    const sent = ticker.mark();
    try {
      const otp = await source();
      if (otp.otp_type !== 'hotp') ticker.observe(otp.generated_at, sent);
      if (asked === this.#asked) this.otp = otp;
      return otp;
    } catch (error) {
      if (asked === this.#asked) this.error = error;
      throw error;
    } finally {
      if (asked === this.#asked) this.busy = false;
    }
  }

  clear(): void {
    this.#asked += 1;
    this.otp = null;
    this.error = null;
    this.busy = false;
  }
}
