import type english from '../locales/en.json';
import { setLanguage } from './api';

/** A text, or one text for each plural form of the language. */
export type Message = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Key = keyof typeof english;
type Values = Record<string, string | number>;

const catalogues = import.meta.glob<Record<Key, Message>>('../locales/*.json', { import: 'default' });

/** The available languages, each in its own name. */
export const LANGUAGES: Record<string, string> = { en: 'English', fr: 'Français' };

const CHOICE = 'sixpin.language';

class Language {
  locale = $state('en');
  #messages = $state.raw<Partial<Record<Key, Message>>>({});
  #plurals = new Intl.PluralRules('en');

  /** Switches to a locale, to the browser's (`browser`), or to the closest available one. */
  async use(preference: string): Promise<void> {
    const locale = closestLocale([preference, ...navigator.languages]);
    const catalogue = catalogues[`../locales/${locale}.json`];
    if (catalogue === undefined) return;
    this.#messages = await catalogue();
    this.#plurals = new Intl.PluralRules(locale);
    this.locale = locale;
    document.documentElement.lang = locale;
    setLanguage(locale);
  }

  /** Switches to the language remembered on this device, before the user is known. */
  useRemembered(): Promise<void> {
    return this.use(localStorage.getItem(CHOICE) ?? 'browser');
  }

  /** Switches to a language, and remembers it on this device. */
  choose(preference: string): Promise<void> {
    localStorage.setItem(CHOICE, preference);
    return this.use(preference);
  }

  text(key: Key, values: Values): string {
    const message = this.#messages[key] ?? key;
    return fill(pickForm(message, values, this.#plurals), values, this.locale);
  }
}

export const language = new Language();

/**
 * Returns the text of `key` in the user's language, with `{name}` replaced by `values.name`. `values.count` selects the
 * plural form.
 */
export function t(key: Key, values: Values = {}): string {
  return language.text(key, values);
}

/** Returns the first available language among `wanted`, regardless of region; else English. */
export function closestLocale(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const name = tag.toLowerCase();
    const found = Object.keys(LANGUAGES).find((locale) => name === locale.toLowerCase() || name.startsWith(`${locale}-`));
    if (found !== undefined) return found;
  }
  return 'en';
}

export function pickForm(message: Message, values: Values, rules: Intl.PluralRules): string {
  if (typeof message === 'string') return message;
  const form = rules.select(Number(values.count ?? 0));
  return message[form] ?? message.other ?? '';
}

export function fill(text: string, values: Values, locale: string): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name];
    if (value === undefined) return place;
    return typeof value === 'number' ? value.toLocaleString(locale) : value;
  });
}
