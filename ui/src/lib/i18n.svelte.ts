import type english from '../locales/en.json';
import { speak } from './api';

/** A text, or one text for each plural form that the language has. */
export type Message = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Key = keyof typeof english;
type Values = Record<string, string | number>;

const catalogues = import.meta.glob<Record<Key, Message>>('../locales/*.json', { import: 'default' });

/** The languages there are, each by its own name. */
export const LANGUAGES: Record<string, string> = { en: 'English', fr: 'Français' };

const CHOICE = 'sixpin.language';

class Language {
  locale = $state('en');
  #messages = $state.raw<Partial<Record<Key, Message>>>({});
  #plurals = new Intl.PluralRules('en');

  /** Speaks `preference` (a locale, or `browser`), or the closest language there is. */
  async use(preference: string): Promise<void> {
    const locale = closest([preference, ...navigator.languages]);
    const catalogue = catalogues[`../locales/${locale}.json`];
    if (catalogue === undefined) return;
    this.#messages = await catalogue();
    this.#plurals = new Intl.PluralRules(locale);
    this.locale = locale;
    document.documentElement.lang = locale;
    speak(locale);
  }

  /** The language to greet with, before it is known who reads. */
  greet(): Promise<void> {
    return this.use(localStorage.getItem(CHOICE) ?? 'browser');
  }

  /** Remembers on this device which language to greet with. */
  choose(preference: string): Promise<void> {
    localStorage.setItem(CHOICE, preference);
    return this.use(preference);
  }

  text(key: Key, values: Values): string {
    const message = this.#messages[key] ?? key;
    return fill(pick(message, values, this.#plurals), values, this.locale);
  }
}

export const language = new Language();

/** The text of `key` in the reader's language; `{name}` is replaced by `values.name`, `{count}` decides on the plural. */
export function t(key: Key, values: Values = {}): string {
  return language.text(key, values);
}

/** The first language there is among `wanted`, region aside; else English. */
export function closest(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const name = tag.toLowerCase();
    const found = Object.keys(LANGUAGES).find((locale) => name === locale.toLowerCase() || name.startsWith(`${locale}-`));
    if (found !== undefined) return found;
  }
  return 'en';
}

export function pick(message: Message, values: Values, rules: Intl.PluralRules): string {
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
