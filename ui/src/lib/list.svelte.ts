import { fold, index, search } from './search';
import { session } from './session.svelte';
import { vault } from './vault.svelte';
import type { Account } from './wire.gen';

/** The accounts that the list shows: the results of a search, or else one group or all. */
class List {
  query = $state('');
  #chosen = $state<number | null>(null);
  #entries = $derived(index(vault.accounts));

  /** ID of the group shown; 0 for all accounts, or if the chosen group no longer exists. */
  group = $derived.by(() => {
    const chosen = this.#chosen ?? session.preferences?.activeGroup ?? 0;
    return vault.groups.some((group) => group.id === chosen) ? chosen : 0;
  });

  searching = $derived(fold(this.query).trim() !== '');

  accounts: Account[] = $derived.by(() => {
    if (this.searching) return search(this.#entries, this.query);
    if (this.group === 0) return vault.accounts;
    return vault.inGroup(this.group);
  });

  choose(group: number): void {
    this.#chosen = group;
    // The list works even if the choice can't be saved.
    if (session.preferences?.rememberActiveGroup) session.prefer('activeGroup', group).catch(() => undefined);
  }

  clear(): void {
    this.query = '';
    this.#chosen = null;
  }
}

export const list = new List();
