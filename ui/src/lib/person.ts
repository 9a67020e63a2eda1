import { Refusal } from './api';
import { byField } from './errors';
import { t } from './i18n.svelte';

/** The fewest characters of a password. */
export const SHORTEST_PASSWORD = 8;

/** What is wrong with a name, an address and a new password, as far as it is plain before asking the server. */
export function wrongWith(person: { name?: string; email?: string; password?: string }): Record<string, string> {
  const found: Record<string, string> = {};
  if (person.name?.trim() === '') found.name = t('field.required');
  if (person.email !== undefined && !/^[^\s@]+@[^\s@]+$/.test(person.email.trim())) found.email = t('person.emailInvalid');
  if (person.password !== undefined && [...person.password].length < SHORTEST_PASSWORD) {
    found.password = t('person.passwordShort', { count: SHORTEST_PASSWORD });
  }
  return found;
}

/** The messages by field of a form that asks for the present password; the server tells of a wrong one without its field. */
export function byFieldOrPassword(error: unknown): Record<string, string> {
  if (error instanceof Refusal && error.status === 400) return { current: error.message };
  return byField(error);
}
