import { api } from './api';
import { periodEnd } from './codes';
import { ticker } from './ticker.svelte';
import type { Account, Group, Otp } from './wire.gen';

/** The accounts and groups of the person, in memory only. */
class Vault {
  accounts = $state.raw<Account[]>([]);
  /** The person's groups, without the virtual one that holds all accounts. */
  groups = $state.raw<Group[]>([]);
  status = $state<'empty' | 'loading' | 'ready' | 'failed'>('empty');
  /** Why there is no list, or why it could not be brought up to date. */
  error = $state.raw<unknown>(null);
  #withCodes = false;
  #generation = 0;
  #refreshing: Promise<void> | null = null;

  /** Loads everything; `withCodes` brings along the code of each account. */
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

  /** Brings what is shown up to date. Asked for again while at it, it does so once. */
  refresh(): Promise<void> {
    if (this.status === 'empty') return Promise.resolve();
    this.#refreshing ??= this.load(this.#withCodes).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** Fetches the codes anew, and with them the accounts. */
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

  /** When the first code of the list ends, in Unix seconds; `Infinity` when the list holds none. */
  get codesEnd(): number {
    let end = Infinity;
    for (const { otp, period } of this.accounts) {
      if (otp !== undefined) end = Math.min(end, periodEnd(otp.generated_at, period ?? 30));
    }
    return end;
  }

  /** Generates a code now. An account by counter moves on by one. */
  async code(id: number): Promise<Otp> {
    const otp = await api.get('/api/v1/twofaccounts/{id}/otp', { path: { id } });
    if (otp.otp_type === 'hotp') this.#change(id, { counter: otp.counter });
    return otp;
  }

  find(id: number): Account | undefined {
    return this.accounts.find((account) => account.id === id);
  }

  async remove(id: number): Promise<void> {
    await api.delete('/api/v1/twofaccounts/{id}', { path: { id } });
    this.accounts = this.accounts.filter((account) => account.id !== id);
    void this.refresh();
  }

  /** Forgets everything. Answers still on their way are dropped. */
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
