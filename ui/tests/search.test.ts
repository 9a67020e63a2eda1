import { describe, expect, test } from 'vitest';
import { fold, index, search } from '../src/lib/search';
import type { Account } from '../src/lib/wire.gen';

const accounts = [
  ['Société Générale', 'client 204'],
  ['GitLab', 'ana@example.org'],
  ['My GitHub', 'work'],
  ['GitHub', 'ana@example.org'],
  ['Straße', 'ÅNGSTRÖM'],
  ['日本銀行', '口座'],
  [null, 'lonely'],
].map(([service, account], place) => ({ id: place, service, account }) as Account);

const entries = index(accounts);
const found = (query: string) => search(entries, query).map(({ service, account }) => service ?? account);

test.each([
  ['Łódź', 'lodz'],
  ['Straße STRAẞE', 'strasse strasse'],
  ['Ærø', 'aero'],
  ['Þór Œuvre', 'thor oeuvre'],
  ['İstanbul ışık', 'istanbul isik'],
])('%s is folded to %s', (text, folded) => {
  expect(fold(text)).toBe(folded);
});

describe('search', () => {
  test('for nothing finds everything, in the order of the list', () => {
    expect(search(entries, '  ')).toEqual(accounts);
  });

  test.each([
    ['societe', ['Société Générale']],
    ['GÉNÉ', ['Société Générale']],
    ['angstrom', ['Straße']],
    ['日本', ['日本銀行']],
    ['strasse', ['Straße']],
    ['STRASSE', ['Straße']],
    ['lonely', ['lonely']],
    ['ana hub', ['GitHub']],
    ['hub  example', ['GitHub']],
    ['zzz', []],
  ])('%s finds %j', (query, names) => {
    expect(found(query)).toEqual(names);
  });

  test('ranks the start of a service first, then starts of words, then the rest', () => {
    expect(found('git')).toEqual(['GitLab', 'GitHub', 'My GitHub']);
    expect(found('github')).toEqual(['GitHub', 'My GitHub']);
    expect(found('ana')).toEqual(['GitLab', 'GitHub']);
    expect(found('al')).toEqual(['Société Générale']);
  });

  test('folds case, accents and compatibility forms', () => {
    expect(fold('ÉÇŒﬁ Ⅳ')).toBe('ecoefi iv');
  });

  test('takes less than a frame for a thousand accounts', () => {
    const many = index(Array.from({ length: 1000 }, (_, id) => ({ id, service: `Sérvice ${id}`, account: `ana${id}@example.org` }) as Account));
    const start = performance.now();
    for (let round = 0; round < 20; round += 1) search(many, `service ${round}`);
    expect((performance.now() - start) / 20).toBeLessThan(16);
  });
});
