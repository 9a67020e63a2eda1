import type { ListedOtp } from './wire.gen';

/** Splits a code into halves (`by` 0.5) or into pieces of `by` characters; `null` leaves it whole. */
export function splitCode(code: string, by: number | null): string[] {
  if (by === null || code.length < 4) return [code];
  const size = by < 1 ? Math.ceil(code.length * by) : Math.floor(by);
  if (!Number.isFinite(size) || size < 1) return [code];
  const pieces: string[] = [];
  for (let start = 0; start < code.length; start += size) pieces.push(code.slice(start, start + size));
  return pieces;
}

/** Spells a code out for screen readers, character by character. */
export function spellCode(code: string): string {
  return [...code].join(' ');
}

/** Returns the end of the period that contains `time`; both in Unix seconds. */
export function periodEnd(time: number, period: number): number {
  return (Math.floor(time / period) + 1) * period;
}

/** Returns the seconds until the code changes, from `period` down to 1. */
export function secondsLeft(now: number, period: number): number {
  return periodEnd(now, period) - now;
}

export interface CurrentCode {
  code: string;
  /** The code after it, if known. */
  next: string | null;
}

/** Returns the code of `otp` that is valid at `now`: the code, then the next one, then `null`; `null` too if `now` is 0, unknown. */
export function pickCode(otp: ListedOtp, period: number, now: number): CurrentCode | null {
  if (now === 0) return null;
  const end = periodEnd(otp.generated_at, period);
  // An answer may be newer than the last tick.
  if (now < end) return { code: otp.password, next: otp.next_password };
  if (now < end + period) return { code: otp.next_password, next: null };
  return null;
}
