import { HttpError } from './api';
import { fieldErrors } from './errors';
import { t } from './i18n.svelte';

/** Minimum length of a password, in characters. */
export const MIN_PASSWORD_LENGTH = 8;

/** Checks a name, an e-mail address and a new password as far as possible without the server. Returns errors by field. */
export function checkProfile(profile: { name?: string; email?: string; password?: string }): Record<string, string> {
  const found: Record<string, string> = {};
  if (profile.name?.trim() === '') found.name = t('field.required');
  if (profile.email !== undefined && !/^[^\s@]+@[^\s@]+$/.test(profile.email.trim())) found.email = t('person.emailInvalid');
  if (profile.password !== undefined && [...profile.password].length < MIN_PASSWORD_LENGTH) {
    found.password = t('person.passwordShort', { count: MIN_PASSWORD_LENGTH });
  }
  return found;
}

/** Returns messages by field for a form with the current password; the server reports a wrong one without its field. */
export function fieldOrPasswordErrors(error: unknown): Record<string, string> {
  if (error instanceof HttpError && error.status === 400) return { current: error.message };
  return fieldErrors(error);
}
