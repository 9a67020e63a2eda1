import { api } from './api';
import { session } from './session.svelte';

/** The settings that administrators change in the app. */
export interface InstanceSettings {
  disableRegistration: boolean;
  keepSsoRegistrationEnabled: boolean;
  restrictRegistration: boolean;
  /** E-mail addresses, separated by vertical bars. */
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

/** The instance's settings. */
export class Instance {
  settings = $state.raw<InstanceSettings | null>(null);

  async load(): Promise<void> {
    const entries = await api.get('/api/v1/settings');
    this.settings = Object.fromEntries(entries.map(({ key, value }) => [key, value])) as unknown as InstanceSettings;
  }

  /** Changes a setting; an empty text resets it. */
  async set<Key extends Name>(name: Key, value: InstanceSettings[Key]): Promise<void> {
    if (value === '') await api.delete('/api/v1/settings/{name}', { path: { name } });
    else await api.put('/api/v1/settings/{name}', { path: { name }, body: { value } });
    if (this.settings !== null) this.settings = { ...this.settings, [name]: value };
    await this.#apply(name, value);
  }

  /** Lets the app follow the change at once. */
  async #apply(name: Name, value: unknown): Promise<void> {
    const { boot } = session;
    if (boot !== null && (name === 'disableRegistration' || name === 'useSsoOnly')) session.boot = { ...boot, [name]: value };
    if (name === 'enableSharing' || name === 'enableAllUsersSharingScope') await session.refresh();
  }
}
