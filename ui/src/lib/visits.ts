import { t } from './i18n.svelte';

/** What a visit was made with, such as "Firefox on Linux". */
export function device({ browser, platform }: { browser: string | false | null; platform: string | false | null }): string {
  if (browser && platform) return t('visit.both', { browser, platform });
  return browser || platform || t('visit.unknown');
}

/**
 * A moment that came as ISO 8601, or in English words of a time zone, as the reader writes it: in their own zone when
 * that of the words is UTC, else in that of the words. What can't be understood stays as it came.
 */
export function moment(words: string | null, locale: string, zone?: string): string {
  if (words === null) return '';
  // Without its zone it is read and written in the same one, so that the time stays what the server said.
  const read = new Date(zone === 'UTC' ? `${words} UTC` : words);
  return Number.isNaN(read.getTime()) ? words : read.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
}
