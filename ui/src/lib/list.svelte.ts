import { fold, index, search } from './search';
import { session } from './session.svelte';
import { vault } from './vault.svelte';
import type { Account } from './wire.gen';

/** What the list shows: a search through everything, else one group or all of them. */
class List {
  query = $state('');
  #chosen = $state<number | null>(null);
  #entries = $derived(index(vault.accounts));

  /** The group shown; 0 for all accounts, also when the chosen one is gone. */
  group = $derived.by(() => {
    const chosen = this.#chosen ?? session.preferences?.activeGroup ?? 0;
    return vault.groups.some((group) => group.id === chosen) ? chosen : 0;
  });

  searching = $derived(fold(this.query).trim() !== '');

  accounts: Account[] = $derived.by(() => {
    if (this.searching) return search(this.#entries, this.query);
    if (this.group === 0) return vault.accounts;
    return vault.accounts.filter((account) => account.group_id === this.group);
  });

  choose(group: number): void {
    this.#chosen = group;
    // Not being able to remember it takes nothing from the list.
    if (session.preferences?.rememberActiveGroup) session.prefer('activeGroup', group).catch(() => undefined);
  }

  clear(): void {
    this.query = '';
    this.#chosen = null;
  }
}

export const list = new List();
