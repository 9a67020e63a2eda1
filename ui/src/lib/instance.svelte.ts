import { api } from './api';
import { session } from './session.svelte';

/** The settings of the instance that administrators change here. */
export interface InstanceSettings {
  disableRegistration: boolean;
  keepSsoRegistrationEnabled: boolean;
  restrictRegistration: boolean;
  /** E-mail addresses with a vertical bar between. */
  restrictList: string;
  /** A regular expression. */
  restrictRule: string;
  enableSso: boolean;
  useSsoOnly: boolean;
  allowPatWhileSsoOnly: boolean;
  enableSharing: boolean;
  enableAllUsersSharingScope: boolean;
  storeIconsInDatabase: boolean;
}

type Name = keyof InstanceSettings;

/** What an administrator sets at run time. */
export class Instance {
  settings = $state.raw<InstanceSettings | null>(null);

  async load(): Promise<void> {
    const entries = await api.get('/api/v1/settings');
    this.settings = Object.fromEntries(entries.map(({ key, value }) => [key, value])) as unknown as InstanceSettings;
  }

  /** Sets one; an empty text takes back what was set. */
  async set<Key extends Name>(name: Key, value: InstanceSettings[Key]): Promise<void> {
    if (value === '') await api.delete('/api/v1/settings/{name}', { path: { name } });
    else await api.put('/api/v1/settings/{name}', { path: { name }, body: { value } });
    if (this.settings !== null) this.settings = { ...this.settings, [name]: value };
    await this.#tell(name, value);
  }

  /** Lets the app act upon it at once. */
  async #tell(name: Name, value: unknown): Promise<void> {
    const { boot } = session;
    if (boot !== null && (name === 'disableRegistration' || name === 'useSsoOnly')) session.boot = { ...boot, [name]: value };
    if (name === 'enableSharing' || name === 'enableAllUsersSharingScope') await session.refresh();
  }
}
