import { describe, expect, test } from 'vitest';
import { readLetter } from '../src/lib/letter';

describe('the link of a mail', () => {
  test('carries an address and a proof', () => {
    expect(readLetter('?token=ab%2Bc&email=ana%2Bx%40example.org')).toEqual({ email: 'ana+x@example.org', token: 'ab+c' });
  });

  test.each(['', '?', '?token=a', '?email=ana%40example.org', '?token=&email=ana%40example.org', '?token=a&email=%20'])('%s lacks something', (query) => {
    expect(readLetter(query)).toBeNull();
  });
});
