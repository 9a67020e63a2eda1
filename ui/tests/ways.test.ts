import { beforeEach, expect, test } from 'vitest';
import { lastOf, take } from '../src/lib/ways';

beforeEach(() => localStorage.clear());

test('the way taken last is remembered while there is such a way', () => {
  expect(lastOf(['passkey', 'openid'])).toBeUndefined();
  take('openid');
  expect(lastOf(['passkey', 'openid'])).toBe('openid');
  expect(lastOf(['passkey', 'github'])).toBeUndefined();
  take('password');
  expect(lastOf(['passkey', 'openid'])).toBeUndefined();
});
