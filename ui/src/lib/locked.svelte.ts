import { api } from './api';
import { t } from './i18n.svelte';
import type { Preferences } from './user';

/** The preferences that the administrator has locked. */
class Locked {
  #names = $state.raw(new Set<string>());

  async load(): Promise<void> {
    try {
      const all = await api.get('/api/v1/user/preferences');
      this.#names = new Set(all.filter((preference) => preference.locked).map(({ key }) => key));
    } catch {
      // The server's refusal to change a locked one says as much.
    }
  }

  /** Returns the properties of a control for these preferences: disabled, with a hint, if one is locked. */
  hint(...names: (keyof Preferences)[]): { hint?: string; disabled?: boolean } {
    return names.some((name) => this.#names.has(name)) ? { hint: t('settings.locked'), disabled: true } : {};
  }
}

export const locked = new Locked();
