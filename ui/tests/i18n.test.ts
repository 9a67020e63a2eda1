import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LANGUAGES, closest, fill, pick, type Message } from '../src/lib/i18n.svelte';

const SOURCE = join(import.meta.dirname, '../src');
const LOCALES = join(SOURCE, 'locales');

const catalogue = (file: string) => JSON.parse(readFileSync(join(LOCALES, file), 'utf8')) as Record<string, Message>;
const files = readdirSync(LOCALES).sort();
const english = catalogue('en.json');

const texts = (message: Message) => (typeof message === 'string' ? [message] : Object.values(message));
const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();

describe('the texts', () => {
  test('exist for every language there is', () => {
    expect(files).toEqual(Object.keys(LANGUAGES).map((locale) => `${locale}.json`).sort());
  });

  test('are all used, and all used ones exist', () => {
    const source = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(svelte|ts)$/.test(name))
      .map((name) => readFileSync(join(SOURCE, name), 'utf8'))
      .join('\n');
    // Keys are always written out, so that this finds them: `t('key')`, or a key in a table or a choice.
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
        // A single one may go without saying "1".
        if (text === texts(message).at(-1)) expect(places(text), key).toEqual(places(texts(original).at(-1) ?? ''));
      }
      if (typeof message === 'string') continue;
      // Every count that is likely to occur has its form.
      const rules = new Intl.PluralRules(locale);
      for (const count of [0, 1, 2, 3, 5, 11, 21, 100]) expect(message, key).toHaveProperty(rules.select(count));
    }
  });

  test('are in alphabetical order', () => {
    for (const file of files) expect(Object.keys(catalogue(file))).toEqual(Object.keys(catalogue(file)).sort());
  });
});

test('the closest language is found', () => {
  expect(closest(['browser', 'fr-CA', 'en'])).toBe('fr');
  expect(closest(['FR'])).toBe('fr');
  expect(closest(['browser', 'xx', 'en-GB'])).toBe('en');
  expect(closest(['frisian'])).toBe('en');
  expect(closest([])).toBe('en');
});

test('plural forms follow the language', () => {
  const message = { one: 'one {count}', other: 'many {count}' };
  const form = (locale: string, count: number) => pick(message, { count }, new Intl.PluralRules(locale));
  expect(form('en', 0)).toBe('many {count}');
  expect(form('fr', 0)).toBe('one {count}');
  expect(form('fr', 1_000_000)).toBe('many {count}');
  expect(form('en', 1)).toBe('one {count}');
});

test('places are filled, and numbers written as the language does', () => {
  expect(fill('{a} and {b} {c}', { a: 'x', b: 12345 }, 'en')).toBe('x and 12,345 {c}');
});
