import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LANGUAGES, closestLocale, fill, pickForm, type Message } from '../src/lib/i18n.svelte';

const SOURCE = join(import.meta.dirname, '../src');
const LOCALES = join(SOURCE, 'locales');

const catalogue = (file: string) => JSON.parse(readFileSync(join(LOCALES, file), 'utf8')) as Record<string, Message>;
const files = readdirSync(LOCALES).sort();
const english = catalogue('en.json');

const texts = (message: Message) => (typeof message === 'string' ? [message] : Object.values(message));
const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();

describe('the texts', () => {
  test('exist for every language', () => {
    expect(files).toEqual(Object.keys(LANGUAGES).map((locale) => `${locale}.json`).sort());
  });

  test('are all used, and every key that is used exists', () => {
    const source = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(svelte|ts)$/.test(name))
      .map((name) => readFileSync(join(SOURCE, name), 'utf8'))
      .join('\n');
    // Keys are always literals, so that this finds them: in `t('key')`, a table or a condition.
    const unused = Object.keys(english).filter((key) => !source.includes(`'${key}'`));
    expect(unused).toEqual([]);
    const named = [...source.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key]) => key ?? '');
    expect(named.filter((key) => !(key in english))).toEqual([]);
  });

  test.each(files)('of %s are complete', (file) => {
    const locale = file.replace('.json', '');
    const translated = catalogue(file);
    expect(Object.keys(translated)).toEqual(Object.keys(english));
    for (const [key, message] of Object.entries(translated)) {
      const original = english[key] ?? '';
      expect(typeof message, key).toBe(typeof original);
      for (const text of texts(message)) {
        expect(text.trim(), key).not.toBe('');
        // The singular may omit the number.
        if (text === texts(message).at(-1)) expect(places(text), key).toEqual(places(texts(original).at(-1) ?? ''));
      }
      if (typeof message === 'string') continue;
      // Every likely count has its form.
      const rules = new Intl.PluralRules(locale);
      for (const count of [0, 1, 2, 3, 5, 11, 21, 100]) expect(message, key).toHaveProperty(rules.select(count));
    }
  });

  test('of French never break a line before punctuation', () => {
    const breaking = Object.entries(catalogue('fr.json')).filter(([, message]) => texts(message).some((text) => / [:;?!»]|« /.test(text)));
    expect(breaking.map(([key]) => key)).toEqual([]);
  });

  test('are in alphabetical order', () => {
    for (const file of files) expect(Object.keys(catalogue(file))).toEqual(Object.keys(catalogue(file)).sort());
  });
});

test('the closest language is found', () => {
  expect(closestLocale(['browser', 'fr-CA', 'en'])).toBe('fr');
  expect(closestLocale(['FR'])).toBe('fr');
  expect(closestLocale(['browser', 'xx', 'en-GB'])).toBe('en');
  expect(closestLocale(['frisian'])).toBe('en');
  expect(closestLocale([])).toBe('en');
});

test('plural forms follow the language', () => {
  const message = { one: 'one {count}', other: 'many {count}' };
  const form = (locale: string, count: number) => pickForm(message, { count }, new Intl.PluralRules(locale));
  expect(form('en', 0)).toBe('many {count}');
  expect(form('fr', 0)).toBe('one {count}');
  expect(form('fr', 1_000_000)).toBe('many {count}');
  expect(form('en', 1)).toBe('one {count}');
});

test('placeholders are filled, and numbers formatted for the language', () => {
  expect(fill('{a} and {b} {c}', { a: 'x', b: 12345 }, 'en')).toBe('x and 12,345 {c}');
});
