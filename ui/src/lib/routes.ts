/** A place in the web app. */
export type Route =
  | { page: 'accounts'; id: number | null }
  | { page: 'edit'; id: number }
  | { page: 'add'; tab: AddTab | null }
  | { page: 'settings'; section: SettingsSection }
  | { page: 'admin'; section: AdminSection; id: number | null }
  | { page: Lone };

type Lone = Gate | Letter | 'error' | 'groups' | 'missing';
type Gate = (typeof GATES)[number];
type Letter = (typeof LETTERS)[number];

/** The pages meant for strangers. */
export const GATES = ['login', 'register', 'setup', 'lostPassword', 'lostDevice'] as const;
/** The pages that mails lead to, whoever is signed in. */
export const LETTERS = ['reset', 'recover'] as const;

export const ADD_TABS = ['picture', 'paste', 'form'] as const;
export type AddTab = (typeof ADD_TABS)[number];

export const SETTINGS_SECTIONS = ['options', 'account', 'security', 'sessions', 'tokens'] as const;
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number];

export const ADMIN_SECTIONS = ['settings', 'users', 'proxy'] as const;
export type AdminSection = (typeof ADMIN_SECTIONS)[number];

/** The pages that have one address. The longer ones are what mails say, and where programs send their forms to. */
const LONE: Readonly<Record<string, Lone>> = {
  login: 'login',
  register: 'register',
  setup: 'setup',
  groups: 'groups',
  error: 'error',
  'user/password/lost': 'lostPassword',
  'user/password/reset': 'reset',
  'webauthn/lost': 'lostDevice',
  'webauthn/recover': 'recover',
};

/** The route of a path below the app's root, which begins with a slash. */
export function route(path: string): Route {
  const parts = path.split('/').filter((part) => part !== '');
  const [first = '', second, third, ...rest] = parts;
  if (rest.length > 0) return { page: 'missing' };
  const place = parts.join('/');
  const lone = Object.hasOwn(LONE, place) ? LONE[place] : undefined;
  if (lone !== undefined) return { page: lone };
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
export function isOf(page: Route['page'], pages: readonly Route['page'][]): boolean {
  return pages.includes(page);
}
