import { api } from './api';
import { periodEnd } from './codes';
import { ticker } from './ticker.svelte';
import type { Account, Group, Otp } from './wire.gen';

/** The user's accounts and groups, in memory only. */
class Vault {
  accounts = $state.raw<Account[]>([]);
  /** The user's groups, without the virtual one of all accounts. */
  groups = $state.raw<Group[]>([]);
  status = $state<'empty' | 'loading' | 'ready' | 'failed'>('empty');
  /** Why loading, or the last refresh, failed. */
  error = $state.raw<unknown>(null);
  #withCodes = false;
  #generation = 0;
  #refreshing: Promise<void> | null = null;

  /** Loads accounts and groups; with the code of each account if `withCodes`. */
  async load(withCodes: boolean): Promise<void> {
    this.#withCodes = withCodes;
    if (this.status !== 'ready') this.status = 'loading';
    const generation = this.#generation;
    try {
      const [accounts, groups] = await Promise.all([this.#fetch(withCodes), api.get('/api/v1/groups')]);
      if (generation !== this.#generation) return;
      this.accounts = accounts;
      this.groups = groups.filter((group) => group.id !== 0);
      this.status = 'ready';
      this.error = null;
    } catch (error) {
      if (generation !== this.#generation) return;
      this.error = error;
      if (this.status !== 'ready') this.status = 'failed';
    }
  }

  /** Loads everything again, once for all calls made meanwhile. */
  refresh(): Promise<void> {
    if (this.status === 'empty') return Promise.resolve();
    this.#refreshing ??= this.load(this.#withCodes).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** Loads the codes again, and the accounts with them. */
  async refreshCodes(): Promise<void> {
    const generation = this.#generation;
    try {
      const accounts = await this.#fetch(true);
      if (generation !== this.#generation) return;
      this.accounts = accounts;
      this.error = null;
    } catch (error) {
      if (generation === this.#generation) this.error = error;
    }
  }

  /** The time at which the first code in the list expires, in Unix seconds; `Infinity` if there is none. */
  get codesEnd(): number {
    let end = Infinity;
    for (const { otp, period } of this.accounts) {
      if (otp !== undefined) end = Math.min(end, periodEnd(otp.generated_at, period ?? 30));
    }
    return end;
  }

  /** Generates a code, which increments the counter of a counter-based account. */
  async code(id: number): Promise<Otp> {
    const otp = await api.get('/api/v1/twofaccounts/{id}/otp', { path: { id } });
    if (otp.otp_type === 'hotp') this.#change(id, { counter: otp.counter });
    return otp;
  }

  /** The accounts in a group. */
  inGroup(group: number): Account[] {
    return this.accounts.filter((account) => account.group_id === group);
  }

  find(id: number): Account | undefined {
    return this.accounts.find((account) => account.id === id);
  }

  async remove(id: number): Promise<void> {
    await api.delete('/api/v1/twofaccounts/{id}', { path: { id } });
    this.accounts = this.accounts.filter((account) => account.id !== id);
    void this.refresh();
  }

  /** Discards everything, pending answers included. */
  clear(): void {
    this.#generation += 1;
    this.#refreshing = null;
    this.accounts = [];
    this.groups = [];
    this.status = 'empty';
    this.error = null;
  }

  async #fetch(withCodes: boolean): Promise<Account[]> {
    const sent = ticker.mark();
    const accounts = await api.get('/api/v1/twofaccounts', { query: withCodes ? { withOtp: 1 } : {} });
    const stamp = accounts.find((account) => account.otp !== undefined)?.otp?.generated_at;
    if (stamp !== undefined) ticker.observe(stamp, sent);
    return accounts;
  }

  #change(id: number, fields: Partial<Account>): void {
    this.accounts = this.accounts.map((account) => (account.id === id ? { ...account, ...fields } : account));
  }
}

export const vault = new Vault();
