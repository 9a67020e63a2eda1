import { t } from './i18n.svelte';

/** What a visit was made with, such as "Firefox on Linux". */
export function device({ browser, platform }: { browser: string | false | null; platform: string | false | null }): string {
  if (browser && platform) return t('visit.both', { browser, platform });
  return browser || platform || t('visit.unknown');
}

/** A moment that came in English words, as the reader writes it. What can't be understood stays as it came. */
export function moment(words: string | null, locale: string): string {
  if (words === null) return '';
  // Read and written in the same zone, whichever it is, the time stays what the server said.
  const read = new Date(words);
  return Number.isNaN(read.getTime()) ? words : read.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
}
