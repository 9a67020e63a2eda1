import { t } from './i18n.svelte';

/** Returns the name of a device, such as "Firefox on Linux". */
export function deviceName({ browser, platform }: { browser: string | false | null; platform: string | false | null }): string {
  if (browser && platform) return t('visit.both', { browser, platform });
  return browser || platform || t('visit.unknown');
}

/**
 * Formats a time for the user. `text` is ISO 8601, or English in the time zone `zone`; a UTC time is converted to the
 * device's zone, any other keeps its own. A text that can't be parsed is returned as it is.
 */
export function formatTime(text: string | null, locale: string, zone?: string): string {
  if (text === null) return '';
  // Without a zone, it is parsed and formatted in the same one, so that the time stays the server's.
  const time = new Date(zone === 'UTC' ? `${text} UTC` : text);
  return Number.isNaN(time.getTime()) ? text : time.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
}
