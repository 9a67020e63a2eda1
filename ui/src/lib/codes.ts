import type { ListedOtp } from './wire.gen';

/** The parts that a code is shown in: halves (`0.5`), or pieces of 2 or 3 characters; in one piece when not to be split. */
export function parts(code: string, by: number | null): string[] {
  if (by === null || code.length < 4) return [code];
  const size = by < 1 ? Math.ceil(code.length * by) : Math.floor(by);
  if (!Number.isFinite(size) || size < 1) return [code];
  const pieces: string[] = [];
  for (let start = 0; start < code.length; start += size) pieces.push(code.slice(start, start + size));
  return pieces;
}

/** A code as a screen reader should say it, character by character. */
export function spelled(code: string): string {
  return [...code].join(' ');
}

/** When the period ends that `time` lies in; both in Unix seconds. */
export function periodEnd(time: number, period: number): number {
  return (Math.floor(time / period) + 1) * period;
}

/** Seconds until the code changes, from `period` down to 1. */
export function secondsLeft(now: number, period: number): number {
  return periodEnd(now, period) - now;
}

export interface CurrentCode {
  code: string;
  /** The one after it, when known. */
  next: string | null;
}

/** What of `otp` is right at `now`: its code, then its next code, then nothing. Nothing either while `now` is not known. */
export function current(otp: ListedOtp, period: number, now: number): CurrentCode | null {
  if (now === 0) return null;
  const end = periodEnd(otp.generated_at, period);
  // An answer may be newer than the last tick.
  if (now < end) return { code: otp.password, next: otp.next_password };
  if (now < end + period) return { code: otp.next_password, next: null };
  return null;
}
