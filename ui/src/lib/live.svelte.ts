import { pickCode, periodEnd, secondsLeft, type CurrentCode } from './codes';
import { ticker } from './ticker.svelte';
import type { Otp } from './wire.gen';

/** A code on the screen, kept up to date. */
export class LiveCode {
  otp = $state.raw<Otp | null>(null);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  #asked = 0;

  /** The code to show now; a counter-based one stays. */
  shown: CurrentCode | null = $derived.by(() => {
    if (this.otp === null) return null;
    if (this.otp.otp_type === 'hotp') return { code: this.otp.password, next: null };
    return pickCode(this.otp, this.otp.period, ticker.now);
  });

  period = $derived(this.otp === null || this.otp.otp_type === 'hotp' ? null : this.otp.period);
  left = $derived(this.period === null || ticker.now === 0 ? null : secondsLeft(ticker.now, this.period));

  /** Whether a new code is due and can be requested. */
  due = $derived.by(() => {
    if (this.otp === null || this.otp.otp_type === 'hotp' || this.busy || this.error !== null) return false;
    return ticker.now === 0 || ticker.now >= periodEnd(this.otp.generated_at, this.otp.period);
  });

  /** Loads a code from `source`, and shows it unless another one has been requested meanwhile. */
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
