import { t } from './i18n.svelte';
import { session } from './session.svelte';
import type { Account } from './wire.gen';

/** Describes in a few words by or with whom an account is shared; `null` if it isn't. */
export function describeSharing(account: Account): string | null {
  if (!session.user?.appSettings.enableSharing) return null;
  if (account.is_borrowed) return t('account.borrowed', { owner: account.borrowed_by ?? '?' });
  if (account.is_shared_with_all) return t('account.sharedAll');
  return account.is_shared ? t('account.shared') : null;
}
