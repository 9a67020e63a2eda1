import { expect, test } from 'vitest';
import { refusedBy } from '../src/lib/errors';

test('why single sign-on led nowhere is told, for whatever the address says', () => {
  expect(refusedBy(null)).toBeNull();
  expect(refusedBy('sso_no_register')).toBe('sso.noRegister');
  for (const reason of ['', 'sso_failed', 'constructor', '<b>']) expect(refusedBy(reason)).toBe('sso.failed');
});
