import { describe, expect, test } from 'vitest';
import { readMailLink } from '../src/lib/mail-link';

describe('the link of a mail', () => {
  test('carries an e-mail address and a token', () => {
    expect(readMailLink('?token=ab%2Bc&email=ana%2Bx%40example.org')).toEqual({ email: 'ana+x@example.org', token: 'ab+c' });
  });

  test.each(['', '?', '?token=a', '?email=ana%40example.org', '?token=&email=ana%40example.org', '?token=a&email=%20'])('%s is incomplete', (query) => {
    expect(readMailLink(query)).toBeNull();
  });
});
