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
  counter: number | null;
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

/** Normalizes pasted Base32, which may come in groups and in lower case. */
export function tidySecret(secret: string): string {
  return secret.replace(/[\s-]+/g, '').replace(/=+$/, '').toUpperCase();
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
    counter: counted ? (draft.counter ?? 0) : null,
    group_id: draft.group,
  };
}

/** The kind of a pasted or scanned text. */
export type TextKind = 'uri' | 'migration' | 'secret' | 'unknown';

export function recognise(text: string): TextKind {
  const trimmed = text.trim();
  if (/^otpauth:\/\/[a-z]+\//i.test(trimmed)) return 'uri';
  if (/^otpauth-migration:\/\//i.test(trimmed)) return 'migration';
  // Words such as "hello" are Base32 as well; real secrets are longer.
  return isSecret(trimmed) && tidySecret(trimmed).length >= 16 ? 'secret' : 'unknown';
}
