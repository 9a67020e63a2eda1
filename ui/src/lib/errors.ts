import { Intercepted, HttpError, Unreachable } from './api';
import { t, type Key } from './i18n.svelte';

/** Texts for the server's codes of failed single sign-on. */
const SIGN_ON: Record<string, Key> = {
  sso_bad_provider_setup: 'sso.badSetup',
  sso_disabled: 'sso.disabled',
  sso_account_disabled: 'sso.accountDisabled',
  sso_already_linked: 'sso.alreadyLinked',
  sso_email_already_used: 'sso.emailUsed',
  sso_no_register: 'sso.noRegister',
};

/** Explains an error to the user: what failed and what to do, in one sentence. */
export function explain(error: unknown): string {
  if (error instanceof Unreachable) return t('error.unreachable');
  if (error instanceof Intercepted) return t('error.intercepted');
  if (!(error instanceof HttpError)) return t('error.unexpected');
  if (error.status === 429) {
    return error.retryAfter === null ? t('error.busy') : t('error.busyFor', { count: error.retryAfter });
  }
  if (error.status === 404) return t('error.gone');
  if (error.status === 403) return forbidden(error);
  if (error.status === 419) return t('error.ownPage');
  if (error.status === 413) return t('error.tooLarge');
  if (error.status >= 500) return t('error.server');
  const detail = Array.isArray(error.reason) ? error.reason.join(' ') : '';
  return [error.message, detail].filter((text) => text !== '').join(': ') || t('error.unexpected');
}

/** Explains a 403, in the server's own sentence if it has one. */
function forbidden({ message, reason }: HttpError): string {
  if (message !== '' && message !== 'forbidden') return message;
  return typeof reason === 'string' && reason.includes(' ') ? reason : t('error.forbidden');
}

/** Explains why single sign-on failed, by the server's code. */
export function explainSignOn(reason: string | null): string | null {
  if (reason === null) return null;
  return t((Object.hasOwn(SIGN_ON, reason) ? SIGN_ON[reason] : undefined) ?? 'sso.failed');
}

/** Returns the first message for each field of an invalid form. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof HttpError)) return {};
  return Object.fromEntries(Object.entries(error.errors).map(([field, messages]) => [field, messages[0] ?? '']));
}
