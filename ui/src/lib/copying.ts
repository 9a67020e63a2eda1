import { copy } from './clipboard';
import { explain } from './errors';
import { t } from './i18n.svelte';
import { list } from './list.svelte';
import { session } from './session.svelte';
import { toasts } from './toasts.svelte';
import { vault } from './vault.svelte';
import type { Account } from './wire.gen';

/** Returns the name of an account for use in a sentence. */
export function accountTitle(account: { service: string | null; account: string }): string {
  return account.service ?? account.account;
}

/** Copies a code of an account, confirms it, and follows the preferences for copying. Returns whether it worked. */
export async function copyCode(account: Account, code: string | Promise<string>): Promise<boolean> {
  let copied: boolean;
  try {
    copied = await copy(code);
  } catch (error) {
    toasts.show(explain(error), { isError: true });
    return false;
  }
  if (!copied) {
    toasts.show(t('code.notCopied'), { isError: true });
    return false;
  }
  toasts.show(t('code.copied', { account: accountTitle(account) }));
  const preferences = session.preferences;
  if (preferences === null) return true;
  if (preferences.clearSearchOnCopy) list.query = '';
  if (preferences.viewDefaultGroupOnCopy && Number(preferences.defaultGroup) >= 0) list.choose(Number(preferences.defaultGroup));
  if (Number(preferences.kickUserAfter) === -1) await session.lock();
  return true;
}

/** Generates a code of an account and copies it without showing it. */
export function copyFresh(account: Account): Promise<boolean> {
  return copyCode(
    account,
    vault.code(account.id).then((otp) => otp.password),
  );
}
