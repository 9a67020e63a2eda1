import type { Account } from './wire.gen';

/** An account with its texts folded for searching. */
export interface Entry {
  account: Account;
  service: string;
  text: string;
}

/** Returns a text in lower case and without accents, so that "societe" finds "Société". */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase();
}

export function index(accounts: readonly Account[]): Entry[] {
  return accounts.map((account) => {
    const service = fold(account.service ?? account.account);
    return { account, service, text: `${service} ${fold(account.account)}` };
  });
}

/**
 * Returns the accounts that contain every word of `query`: first those whose service begins with it, then those with a
 * word that does, then the others; each in the order of the list.
 */
export function search(entries: readonly Entry[], query: string): Account[] {
  const needle = fold(query).trim();
  if (needle === '') return entries.map((entry) => entry.account);
  const words = needle.split(/\s+/);
  const ranks: [Account[], Account[], Account[]] = [[], [], []];
  for (const { account, service, text } of entries) {
    if (!words.every((word) => text.includes(word))) continue;
    const rank = service.startsWith(needle) ? 0 : startsWord(text, needle) ? 1 : 2;
    ranks[rank].push(account);
  }
  return ranks.flat();
}

function startsWord(text: string, needle: string): boolean {
  const at = text.indexOf(needle);
  return at === 0 || (at > 0 && !/[\p{L}\p{N}]/u.test(text.charAt(at - 1)));
}
