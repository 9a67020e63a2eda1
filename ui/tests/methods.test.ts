import { beforeEach, expect, test } from 'vitest';
import { lastMethod, rememberMethod } from '../src/lib/methods';

beforeEach(() => localStorage.clear());

test('the last method is remembered while it is available', () => {
  expect(lastMethod(['passkey', 'openid'])).toBeUndefined();
  rememberMethod('openid');
  expect(lastMethod(['passkey', 'openid'])).toBe('openid');
  expect(lastMethod(['passkey', 'github'])).toBeUndefined();
  rememberMethod('password');
  expect(lastMethod(['passkey', 'openid'])).toBeUndefined();
});
