import { Intercepted, Refusal, Unreachable } from './api';
import { t, type Key } from './i18n.svelte';

/** What each reason of the server means for which single sign-on led nowhere. */
const SIGN_ON: Record<string, Key> = {
  sso_bad_provider_setup: 'sso.badSetup',
  sso_disabled: 'sso.disabled',
  sso_account_disabled: 'sso.accountDisabled',
  sso_already_linked: 'sso.alreadyLinked',
  sso_email_already_used: 'sso.emailUsed',
  sso_no_register: 'sso.noRegister',
};

/** One sentence on what failed and what to do, for a person. */
export function told(error: unknown): string {
  if (error instanceof Unreachable) return t('error.unreachable');
  if (error instanceof Intercepted) return t('error.intercepted');
  if (!(error instanceof Refusal)) return t('error.unexpected');
  if (error.status === 429) {
    return error.retryAfter === null ? t('error.busy') : t('error.busyFor', { count: error.retryAfter });
  }
  if (error.status === 404) return t('error.gone');
  if (error.status === 403) return forbidden(error);
  if (error.status === 413) return t('error.tooLarge');
  if (error.status >= 500) return t('error.server');
  const detail = Array.isArray(error.reason) ? error.reason.join(' ') : '';
  return [error.message, detail].filter((text) => text !== '').join(': ') || t('error.unexpected');
}

/** Why something is not allowed, when the server says so in a sentence. */
function forbidden({ message, reason }: Refusal): string {
  if (message !== '' && message !== 'forbidden') return message;
  return typeof reason === 'string' && reason.includes(' ') ? reason : t('error.forbidden');
}

/** One sentence on why single sign-on led nowhere, by the server's reason for it. */
export function refusedBy(reason: string | null): string | null {
  if (reason === null) return null;
  return t((Object.hasOwn(SIGN_ON, reason) ? SIGN_ON[reason] : undefined) ?? 'sso.failed');
}

/** The first message for each field of a refused form. */
export function byField(error: unknown): Record<string, string> {
  if (!(error instanceof Refusal)) return {};
  return Object.fromEntries(Object.entries(error.errors).map(([field, messages]) => [field, messages[0] ?? '']));
}
