/** A page of the web app with its parameters. */
export type Route =
  | { page: 'accounts'; id: number | null }
  | { page: 'edit'; id: number }
  | { page: 'add'; tab: AddTab | null }
  | { page: 'settings'; section: SettingsSection }
  | { page: 'admin'; section: AdminSection; id: number | null }
  | { page: SimplePage };

type SimplePage = GuestPage | MailPage | 'error' | 'export' | 'groups' | 'import' | 'missing';
type GuestPage = (typeof GUEST_PAGES)[number];
type MailPage = (typeof MAIL_PAGES)[number];

/** Pages for users who aren't signed in. */
export const GUEST_PAGES = ['login', 'register', 'setup', 'lostPassword', 'lostDevice'] as const;
/** Pages that links in mails lead to, whether or not a user is signed in. */
export const MAIL_PAGES = ['reset', 'recover'] as const;

export const ADD_TABS = ['picture', 'paste', 'form'] as const;
export type AddTab = (typeof ADD_TABS)[number];

export const SETTINGS_SECTIONS = ['options', 'account', 'security', 'sessions', 'tokens'] as const;
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number];

export const ADMIN_SECTIONS = ['settings', 'users', 'proxy'] as const;
export type AdminSection = (typeof ADMIN_SECTIONS)[number];

/** Pages without parameters, by path. The longer paths are those of links in mails, and of the API behind the forms. */
const SIMPLE_PAGES: Readonly<Record<string, SimplePage>> = {
  login: 'login',
  register: 'register',
  setup: 'setup',
  groups: 'groups',
  import: 'import',
  export: 'export',
  // compat: 2FAuth's address of this page.
  'account/import': 'import',
  error: 'error',
  'user/password/lost': 'lostPassword',
  'user/password/reset': 'reset',
  'webauthn/lost': 'lostDevice',
  'webauthn/recover': 'recover',
};

/** Returns the route of a path below the app's root, which begins with a slash. */
export function parseRoute(path: string): Route {
  const parts = path.split('/').filter((part) => part !== '');
  const [first = '', second, third, ...rest] = parts;
  if (rest.length > 0) return { page: 'missing' };
  const place = parts.join('/');
  const simple = Object.hasOwn(SIMPLE_PAGES, place) ? SIMPLE_PAGES[place] : undefined;
  if (simple !== undefined) return { page: simple };
  const id = second !== undefined && /^\d{1,15}$/.test(second) ? Number(second) : null;
  if (first === '' || first === 'accounts' || first === 'account') {
    if (second === undefined) return { page: 'accounts', id: null };
    if (id !== null && third === undefined) return { page: 'accounts', id };
    // compat: `account/{id}/edit` is 2FAuth's address of this page.
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
  if (first === 'admin') {
    const section = ADMIN_SECTIONS.find((name) => name === (second ?? ADMIN_SECTIONS[0]));
    if (section === undefined) return { page: 'missing' };
    if (third === undefined) return { page: 'admin', section, id: null };
    const isOne = section === 'users' && /^\d{1,15}$/.test(third);
    return isOne ? { page: 'admin', section, id: Number(third) } : { page: 'missing' };
  }
  // compat: 2FAuth's address for adding an account.
  if (place === 'start') return { page: 'add', tab: null };
  return { page: 'missing' };
}

/** Whether a page is one of `pages`. */
export function isOneOf(page: Route['page'], pages: readonly Route['page'][]): boolean {
  return pages.includes(page);
}
