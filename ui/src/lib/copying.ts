import { copy } from './clipboard';
import { told } from './errors';
import { t } from './i18n.svelte';
import { list } from './list.svelte';
import { session } from './session.svelte';
import { toasts } from './toasts.svelte';
import { vault } from './vault.svelte';
import type { Account } from './wire.gen';

/** What to call an account in a sentence. */
export function title(account: { service: string | null; account: string }): string {
  return account.service ?? account.account;
}

/** Copies a code of `account`, says so, and does what the person wants done after that. Answers whether it worked. */
export async function copyCode(account: Account, code: string | Promise<string>): Promise<boolean> {
  let copied: boolean;
  try {
    copied = await copy(code);
  } catch (error) {
    toasts.say(told(error), { bad: true });
    return false;
  }
  if (!copied) {
    toasts.say(t('code.notCopied'), { bad: true });
    return false;
  }
  toasts.say(t('code.copied', { account: title(account) }));
  const preferences = session.preferences;
  if (preferences === null) return true;
  if (preferences.clearSearchOnCopy) list.query = '';
  if (preferences.viewDefaultGroupOnCopy && Number(preferences.defaultGroup) >= 0) list.choose(Number(preferences.defaultGroup));
  if (Number(preferences.kickUserAfter) === -1) await session.lock();
  return true;
}

/** Generates a code of `account` and copies it without showing it. */
export function copyFresh(account: Account): Promise<boolean> {
  return copyCode(
    account,
    vault.code(account.id).then((otp) => otp.password),
  );
}
