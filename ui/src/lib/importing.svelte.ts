import { api } from './api';
import { explain } from './errors';
import { t, type Key } from './i18n.svelte';
import { ticker } from './ticker.svelte';
import type { Answer } from './operations';
import type { ImportProblem, Review, ReviewedAccount, ReviewedEntry, ReviewedFile } from './wire.gen';

export type ImportResult = Answer<'post', '/api/v2/imports'>;
export type State = ReviewedEntry['state'];

/** The codes of a file's error that a password mends. */
const LOCKED = ['encrypted', 'perhaps_encrypted', 'wrong_password'];

/** Texts for the server's codes of problems; others are shown in its own words. */
const PROBLEMS: Record<string, Key> = {
  account_restricted: 'import.problem.accountRestricted',
  alone: 'import.problem.alone',
  digits: 'import.problem.digits',
  kind: 'import.problem.kind',
  missing: 'import.problem.missing',
  nameless: 'import.problem.nameless',
  period: 'import.problem.period',
  picture: 'import.problem.picture',
  picture_format: 'import.problem.pictureFormat',
  picture_parts: 'import.problem.pictureParts',
  picture_unreadable: 'import.problem.pictureUnreadable',
  secret: 'import.problem.secret',
  too_costly: 'import.problem.tooCostly',
  too_large: 'import.problem.tooLarge',
  too_many: 'import.problem.tooMany',
  trashed: 'import.problem.trashed',
  unknown_format: 'import.problem.unknownFormat',
  unusable: 'import.problem.unusable',
};

/** Explains why a file or an entry can't be imported. */
export function explainProblem({ code, text }: ImportProblem): string {
  const key = Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code] : undefined;
  return key === undefined ? text : t(key);
}

/** Whether a file needs a password, or another one. */
export function isLocked(file: ReviewedFile): boolean {
  return file.error !== null && LOCKED.includes(file.error.code);
}

/** Returns the code of an account that is valid at `now`; `null` if it has none, or the review is too old. */
export function codeAt(account: ReviewedAccount, now: number): string | null {
  if (account.codes === null || now === 0) return null;
  const { since, period, list } = account.codes;
  return list[Math.floor((now - since) / period)] ?? null;
}

/** Whether a code that another app shows is an account's present one, or one of its neighbours. */
export function hasCode(account: ReviewedAccount, code: string, now: number): boolean {
  if (account.codes === null) return false;
  const { since, period, list } = account.codes;
  const place = Math.floor((now - since) / period);
  return list.slice(Math.max(0, place - 1), place + 2).includes(code);
}

/** Returns a typed code without the blanks that apps show in it. */
export function tidyCode(text: string): string {
  return text.replace(/[\s-]/g, '').toUpperCase();
}

/** What another page found to be more than one account. */
let handedOver: { files: readonly File[]; text: string } | null = null;

/** Leaves files or a text for the import page. */
export function handOver(files: readonly File[], text: string): void {
  handedOver = { files, text };
}

/** Takes what was left for the import page. */
export function takeHandedOver(): { files: readonly File[]; text: string } | null {
  const taken = handedOver;
  handedOver = null;
  return taken;
}

/** The exports that a user brings along: sent for a review, and once more to be imported. */
export class Importing {
  files = $state.raw<readonly File[]>([]);
  text = $state('');
  review = $state.raw<Review | null>(null);
  /** The positions of the entries to import. */
  chosen = $state.raw<ReadonlySet<number>>(new Set());
  /** The group for all accounts: 0 for none, `null` for those that they were in. */
  group = $state<number | null>(null);
  busy = $state(false);
  failure = $state<string | null>(null);
  result = $state.raw<ImportResult | null>(null);

  #passwords = new Map<File, string>();
  /** Opens the text, if it is an encrypted export. */
  #textPassword = '';
  #asked = 0;

  counts: Record<State, number> = $derived.by(() => {
    const counts = { new: 0, duplicate: 0, rejected: 0 };
    for (const entry of this.review?.entries ?? []) counts[entry.state] += 1;
    return counts;
  });

  /** Whether the codes of the review have run out. */
  stale: boolean = $derived.by(() => {
    const timed = this.review?.entries.find((entry) => entry.account?.codes != null)?.account;
    return timed != null && ticker.now !== 0 && codeAt(timed, ticker.now) === null;
  });

  /** Adds files or a text, and asks for a review of all. */
  async add(files: readonly File[], text = ''): Promise<void> {
    this.files = [...this.files, ...files];
    if (text.trim() !== '') this.text = [this.text, text.trim()].filter((part) => part !== '').join('\n');
    await this.refresh();
  }

  /** Leaves a file out, or all pictures and the text. */
  async remove(file: ReviewedFile): Promise<void> {
    if (file.has_text) this.text = '';
    this.files = this.files.filter((_, place) => !file.sent.includes(place));
    await this.refresh();
  }

  /** Opens a file with its password. */
  async unlock({ sent, has_text }: ReviewedFile, password: string): Promise<void> {
    if (has_text) this.#textPassword = password;
    for (const place of sent) {
      const file = this.files[place];
      if (file !== undefined) this.#passwords.set(file, password);
    }
    await this.refresh();
  }

  /** Asks for a review. Entries that were left out stay so if the files are the same. */
  async refresh(): Promise<void> {
    const asked = ++this.#asked;
    this.failure = null;
    if (this.files.length === 0 && this.text === '') {
      this.review = null;
      return;
    }
    this.busy = true;
    const sent = ticker.mark();
    try {
      const review = await api.post('/api/v2/imports/preview', { files: this.#form(this.files) });
      if (asked !== this.#asked) return;
      ticker.observe(review.now, sent);
      const old = this.review;
      const same = old !== null && old.entries.length === review.entries.length && old.files.length === review.files.length;
      const fresh = review.entries.flatMap((entry, place) => (entry.state === 'new' ? [place] : []));
      this.chosen = new Set(same ? fresh.filter((place) => this.chosen.has(place)) : fresh);
      this.review = review;
    } catch (error) {
      if (asked === this.#asked) this.failure = explain(error);
    } finally {
      if (asked === this.#asked) this.busy = false;
    }
  }

  choose(place: number, isChosen: boolean): void {
    const chosen = new Set(this.chosen);
    if (isChosen) chosen.add(place);
    else chosen.delete(place);
    this.chosen = chosen;
  }

  chooseAll(isChosen: boolean): void {
    const entries = isChosen ? (this.review?.entries ?? []) : [];
    this.chosen = new Set(entries.flatMap((entry, place) => (entry.state === 'new' ? [place] : [])));
  }

  /** Imports the chosen entries of the files that could be read. */
  async finish(): Promise<void> {
    if (this.busy || this.review === null) return;
    this.busy = true;
    this.failure = null;
    const unread = new Set(this.review.files.filter((file) => file.error !== null).flatMap((file) => file.sent));
    const files = this.files.filter((_, place) => !unread.has(place));
    const group = this.group === null ? {} : { group_id: String(this.group) };
    const entries = [...this.chosen].sort((one, other) => one - other).join(',');
    try {
      this.result = await api.post('/api/v2/imports', { files: { ...this.#form(files), ...group, entries } });
    } catch (error) {
      this.failure = explain(error);
    } finally {
      this.busy = false;
    }
  }

  #form(files: readonly File[]) {
    const passwords = files.map((file) => this.#passwords.get(file) ?? null);
    const text = this.text === '' ? {} : { text: this.text, ...(this.#textPassword === '' ? {} : { password: this.#textPassword }) };
    return { file: files, passwords, ...text };
  }

  /** Takes the import back, and returns the number of deleted accounts. */
  async undo(): Promise<number> {
    const id = this.result?.id ?? null;
    if (id === null) return 0;
    const { accounts } = await api.delete('/api/v2/imports/{id}', { path: { id } });
    this.result = null;
    return accounts;
  }
}
