import { expect, test } from 'vitest';
import { explainSignOn } from '../src/lib/errors';

test('a failed single sign-on is explained, whatever code the address carries', () => {
  expect(explainSignOn(null)).toBeNull();
  expect(explainSignOn('sso_no_register')).toBe('sso.noRegister');
  for (const reason of ['', 'sso_failed', 'constructor', '<b>']) expect(explainSignOn(reason)).toBe('sso.failed');
});
