import { beforeEach, expect, test } from 'vitest';
import { language } from '../src/lib/i18n.svelte';
import { session } from '../src/lib/session.svelte';
import { describeSharing } from '../src/lib/sharing';
import type { User } from '../src/lib/user';
import type { Account } from '../src/lib/wire.gen';

const account = (fields: Partial<Account>) => ({ id: 1, account: 'ana', service: null, ...fields }) as Account;

function allow(enableSharing: boolean) {
  session.user = { appSettings: { enableSharing, enableAllUsersSharingScope: false } } as User;
}

beforeEach(() => language.use('en'));

test('sharing is described in a few words', () => {
  allow(true);
  expect(describeSharing(account({}))).toBeNull();
  expect(describeSharing(account({ is_borrowed: true, borrowed_by: 'Bob' }))).toBe('Shared with you by Bob');
  expect(describeSharing(account({ is_borrowed: true, borrowed_by: null }))).toBe('Shared with you by ?');
  expect(describeSharing(account({ is_shared: true }))).toBe('Shared by you');
  expect(describeSharing(account({ is_shared_with_all: true }))).toBe('Shared by you with everyone');
});

test('nothing is described while sharing is off', () => {
  allow(false);
  expect(describeSharing(account({ is_shared: true }))).toBeNull();
});
