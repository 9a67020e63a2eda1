import type { Account } from './wire.gen';

/** An account with its texts folded for searching. */
export interface Entry {
  account: Account;
  service: string;
  text: string;
}

/** Letters that Unicode doesn't decompose, as people type them on other keyboards. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  ĸ: 'k',
  ı: 'i',
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');

/** Returns a text in lower case and in plain letters, so that "societe" finds "Société", and "lodz" finds "Łódź". */
export function fold(text: string): string {
  const lower = text.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase();
  return lower.replace(LETTER, (letter) => LETTERS[letter] ?? letter);
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
