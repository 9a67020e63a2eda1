import type { Account, CompleteAccount, UnsavedAccount } from './wire.gen';

export type OtpType = Account['otp_type'];
export type Algorithm = Account['algorithm'];

/** An account as the fields of the form hold it. */
export interface Draft {
  service: string;
  account: string;
  type: OtpType;
  secret: string;
  digits: number | null;
  algorithm: Algorithm;
  period: number | null;
  /** A text if it is too large for a number of JavaScript. */
  counter: number | string | null;
  icon: string | null;
  /** 0 for none. */
  group: number;
}

export function blankDraft(): Draft {
  return {
    service: '',
    account: '',
    type: 'totp',
    secret: '',
    digits: 6,
    algorithm: 'sha1',
    period: 30,
    counter: 0,
    icon: null,
    group: 0,
  };
}

/** Returns a draft of an account that was read from a URI, or is to be edited. */
export function toDraft(account: UnsavedAccount | Account): Draft {
  return {
    service: account.service ?? '',
    account: account.account,
    type: account.otp_type,
    secret: (account.secret ?? '').replace(/=+$/, ''),
    digits: account.digits,
    algorithm: account.algorithm,
    period: account.period ?? 30,
    counter: account.counter ?? 0,
    icon: account.icon,
    group: 'group_id' in account ? (account.group_id ?? 0) : 0,
  };
}

/** Invisible characters that come along when a text is copied from a page. */
const INVISIBLE = /[\p{Cf}\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]/gu;

/** Normalizes pasted Base32, which may come in groups and in lower case. */
export function tidySecret(secret: string): string {
  return secret.replace(INVISIBLE, '').replace(/[\s-]+/g, '').replace(/=+$/, '').toUpperCase();
}

export function isSecret(secret: string): boolean {
  return /^[A-Z2-7]+$/.test(tidySecret(secret));
}

/** Returns the request for a draft, with the fixed parameters of Steam. */
export function toRequest(draft: Draft): CompleteAccount {
  const steam = draft.type === 'steamtotp';
  const counted = draft.type === 'hotp';
  return {
    service: steam ? 'Steam' : draft.service.trim() || null,
    account: draft.account.trim(),
    icon: draft.icon,
    otp_type: draft.type,
    secret: tidySecret(draft.secret),
    digits: steam ? 5 : (draft.digits ?? 6),
    // An imported account may have MD5; the server decides about it.
    algorithm: steam ? 'sha1' : (draft.algorithm as Exclude<Algorithm, 'md5'>),
    period: counted ? null : steam ? 30 : (draft.period ?? 30),
    counter: counted ? toCounter(draft.counter) : null,
    group_id: draft.group,
  };
}

/** Returns a counter for a request. The server reads numbers as text too, which keeps every digit. */
function toCounter(counter: number | string | null): number {
  const exact = Number(counter ?? 0);
  return typeof counter === 'number' || Number.isSafeInteger(exact) ? exact : (counter as unknown as number);
}

/** The kind of a pasted or scanned text. `foreign` is an address of another kind, such as `phonefactor:`. */
export type TextKind = 'uri' | 'migration' | 'secret' | 'foreign' | 'unknown';

export function recognise(text: string): TextKind {
  const trimmed = text.replace(INVISIBLE, '').trim();
  if (/^(otpauth|steam):\/\//i.test(trimmed)) return 'uri';
  if (/^otpauth-migration:\/\//i.test(trimmed)) return 'migration';
  if (/^[a-z][a-z0-9+.-]+:\S/i.test(trimmed)) return 'foreign';
  // Words such as "hello" are Base32 as well; real secrets are longer.
  return isSecret(trimmed) && tidySecret(trimmed).length >= 16 ? 'secret' : 'unknown';
}

/** Returns the addresses of accounts in a text, each to the end of its line. */
export function findUris(text: string): string[] {
  const pieces = text.replace(INVISIBLE, '').split(/(?=\b(?:otpauth|otpauth-migration|steam):\/\/)/i);
  return pieces.map((piece) => piece.split(/[\r\n]/)[0]?.trim() ?? '').filter((piece) => ['uri', 'migration'].includes(recognise(piece)));
}
