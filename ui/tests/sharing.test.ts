import { beforeEach, expect, test } from 'vitest';
import { language } from '../src/lib/i18n.svelte';
import { session } from '../src/lib/session.svelte';
import { sharing } from '../src/lib/sharing';
import type { User } from '../src/lib/user';
import type { Account } from '../src/lib/wire.gen';

const account = (fields: Partial<Account>) => ({ id: 1, account: 'ana', service: null, ...fields }) as Account;

function allow(enableSharing: boolean) {
  session.user = { appSettings: { enableSharing, enableAllUsersSharingScope: false } } as User;
}

beforeEach(() => language.use('en'));

test('says with whom an account is shared, or by whom', () => {
  allow(true);
  expect(sharing(account({}))).toBeNull();
  expect(sharing(account({ is_borrowed: true, borrowed_by: 'Bob' }))).toBe('Shared with you by Bob');
  expect(sharing(account({ is_borrowed: true, borrowed_by: null }))).toBe('Shared with you by ?');
  expect(sharing(account({ is_shared: true }))).toBe('Shared by you');
  expect(sharing(account({ is_shared_with_all: true }))).toBe('Shared by you with everyone');
});

test('says nothing where sharing is off', () => {
  allow(false);
  expect(sharing(account({ is_shared: true }))).toBeNull();
});
