import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseRoute, type Route } from '../src/lib/routes';

describe('a path', () => {
  test.each<[string, Route]>([
    ['/', { page: 'accounts', id: null }],
    ['/accounts', { page: 'accounts', id: null }],
    ['/accounts/', { page: 'accounts', id: null }],
    ['/accounts/12', { page: 'accounts', id: 12 }],
    ['/accounts/12/edit', { page: 'edit', id: 12 }],
    ['/account/12/edit', { page: 'edit', id: 12 }],
    ['/add', { page: 'add', tab: null }],
    ['/start', { page: 'add', tab: null }],
    ['/add/paste', { page: 'add', tab: 'paste' }],
    ['/login', { page: 'login' }],
    ['/setup', { page: 'setup' }],
    ['/register', { page: 'register' }],
    ['/groups', { page: 'groups' }],
    ['/settings', { page: 'settings', section: 'options' }],
    ['/settings/options', { page: 'settings', section: 'options' }],
    ['/settings/account', { page: 'settings', section: 'account' }],
    ['/settings/tokens', { page: 'settings', section: 'tokens' }],
    ['/settings/security', { page: 'settings', section: 'security' }],
    ['/user/password/lost', { page: 'lostPassword' }],
    ['/user/password/reset', { page: 'reset' }],
    ['/webauthn/lost', { page: 'lostDevice' }],
    ['/webauthn/recover', { page: 'recover' }],
    ['/error', { page: 'error' }],
    ['/admin', { page: 'admin', section: 'settings', id: null }],
    ['/admin/users', { page: 'admin', section: 'users', id: null }],
    ['/admin/proxy', { page: 'admin', section: 'proxy', id: null }],
    ['/admin/users/7', { page: 'admin', section: 'users', id: 7 }],
  ])('%s is %j', (path, expected) => {
    expect(parseRoute(path)).toEqual(expected);
  });

  const NOWHERE = ['/accounts/x', '/accounts/12/x', '/accounts/12/edit/x', '/accounts/-1', '/add/x', '/groups/1', '/settings/x', '/settings/account/x', '/x', '/constructor', '/user', '/user/password', '/user/password/lost/x', '/login/x', '/admin/x', '/admin/settings/7', '/admin/proxy/7', '/admin/users/x', '/start/x'];
  test.each(NOWHERE)('%s is not found', (path) => {
    expect(parseRoute(path)).toEqual({ page: 'missing' });
  });
});

describe('the router', () => {
  /** Removes the listeners of the routers of one test. */
  let ends: (() => void)[] = [];

  beforeEach(() => {
    vi.resetModules();
    for (const target of [window, document]) {
      const listen = target.addEventListener.bind(target);
      vi.spyOn(target, 'addEventListener').mockImplementation((type: string, listener: EventListenerOrEventListenerObject, options?: unknown) => {
        listen(type, listener, options as AddEventListenerOptions);
        ends.push(() => target.removeEventListener(type, listener));
      });
    }
    document.head.innerHTML = '<base href="/apps/sixpin/">';
    document.body.innerHTML = '';
    history.replaceState(null, '', '/apps/sixpin/accounts/7');
  });

  afterEach(() => {
    vi.restoreAllMocks();
    for (const end of ends) end();
    ends = [];
  });

  const load = async () => (await import('../src/lib/router.svelte')).router;

  test('reads and writes paths below the root of the app', async () => {
    const router = await load();
    expect(router.route).toEqual({ page: 'accounts', id: 7 });
    router.go('/add/form');
    expect(location.pathname).toBe('/apps/sixpin/add/form');
    expect(router.route).toEqual({ page: 'add', tab: 'form' });
  });

  test('goes back only within the app', async () => {
    const router = await load();
    const back = vi.spyOn(history, 'back').mockImplementation(() => undefined);
    router.back('/accounts');
    expect(back).not.toHaveBeenCalled();
    expect(location.pathname).toBe('/apps/sixpin/accounts');
    router.go('/accounts/3');
    router.back('/accounts');
    expect(back).toHaveBeenCalledTimes(1);
  });

  test('asks before it leaves a form with unsaved changes', async () => {
    const router = await load();
    const { leaving } = await import('../src/lib/leaving.svelte');
    router.start();
    document.body.innerHTML = '<a id="groups" href="./groups">groups</a>';
    const click = () => document.getElementById('groups')?.click();
    const end = leaving.watch(() => true);
    click();
    expect(router.path).toBe('/accounts/7');
    leaving.cancel();
    expect(router.path).toBe('/accounts/7');
    click();
    leaving.confirm();
    expect(router.path).toBe('/groups');
    expect(leaving.pending).toBeNull();
    end();
  });

  test('reverts a navigation of the browser until it is confirmed', async () => {
    const router = await load();
    const { leaving } = await import('../src/lib/leaving.svelte');
    router.start();
    router.go('/add/form');
    leaving.watch(() => true);
    const moved = () => new Promise((resolve) => window.addEventListener('popstate', resolve, { once: true }));
    history.back();
    await moved();
    await moved();
    expect(location.pathname).toBe('/apps/sixpin/add/form');
    expect(router.path).toBe('/add/form');
    leaving.confirm();
    await moved();
    expect(router.path).toBe('/accounts/7');
  });

  test('follows links of the app, and leaves others to the browser', async () => {
    const router = await load();
    router.start();
    const outside = vi.fn((event: Event) => event.preventDefault());
    document.body.innerHTML = `
      <a id="in" href="./groups"><b>in</b></a>
      <a id="beside" href="/elsewhere">beside</a>
      <a id="away" href="https://example.org/apps/sixpin/x">away</a>
      <a id="new" href="./groups" target="_blank">new</a>
      <a id="server" href="./socialite/redirect/openid" rel="external">server</a>`;
    document.querySelector<HTMLElement>('#in b')?.click();
    expect(router.path).toBe('/groups');
    window.addEventListener('click', outside);
    for (const id of ['beside', 'away', 'new', 'server']) document.getElementById(id)?.click();
    expect(outside).toHaveBeenCalledTimes(4);
    expect(router.path).toBe('/groups');
  });
});
