/** A place in the web app. */
export type Route =
  | { page: 'accounts'; id: number | null }
  | { page: 'edit'; id: number }
  | { page: 'add'; tab: AddTab | null }
  | { page: 'settings'; section: SettingsSection }
  | { page: 'login' | 'register' | 'setup' | 'groups' | 'missing' };

export const ADD_TABS = ['picture', 'paste', 'form'] as const;
export type AddTab = (typeof ADD_TABS)[number];

export const SETTINGS_SECTIONS = ['options', 'account', 'tokens'] as const;
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number];

/** The route of a path below the app's root, which begins with a slash. */
export function route(path: string): Route {
  const [first = '', second, third, ...rest] = path.split('/').filter((part) => part !== '');
  if (rest.length > 0) return { page: 'missing' };
  const id = second !== undefined && /^\d{1,15}$/.test(second) ? Number(second) : null;
  if (first === '' || first === 'accounts' || first === 'account') {
    if (second === undefined) return { page: 'accounts', id: null };
    if (id !== null && third === undefined) return { page: 'accounts', id };
    // `account/{id}/edit` is 2FAuth's address of the same page.
    if (id !== null && third === 'edit') return { page: 'edit', id };
    return { page: 'missing' };
  }
  if (first === 'add' && third === undefined) {
    if (second === undefined) return { page: 'add', tab: null };
    const tab = ADD_TABS.find((name) => name === second);
    return tab === undefined ? { page: 'missing' } : { page: 'add', tab };
  }
  if (first === 'settings' && third === undefined) {
    const section = SETTINGS_SECTIONS.find((name) => name === (second ?? 'options'));
    return section === undefined ? { page: 'missing' } : { page: 'settings', section };
  }
  if (second !== undefined) return { page: 'missing' };
  switch (first) {
    case 'login':
    case 'register':
    case 'setup':
    case 'groups':
      return { page: first };
    case 'start':
      // compat: 2FAuth's address for adding an account.
      return { page: 'add', tab: null };
    default:
      return { page: 'missing' };
  }
}
