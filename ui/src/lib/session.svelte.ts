import { HttpError, api, expectProxy, onLoss, type Loss } from './api';
import { readBoot, type Boot } from './boot';
import { explainSignOn } from './errors';
import { language } from './i18n.svelte';
import { leaving } from './leaving.svelte';
import type { PasskeyAnswer } from './passkeys';
import { router } from './router.svelte';
import { GUEST_PAGES, MAIL_PAGES, isOneOf } from './routes';
import { applyTheme } from './theme';
import { toasts } from './toasts.svelte';
import { asUser, type Preferences, type User } from './user';
import { vault } from './vault.svelte';

/** Minimum time between two automatic reloads, in milliseconds. */
const RELOAD_PAUSE = 30_000;
const RELOADED = 'sixpin.reloaded';
/** Storage key of the page to return to after signing in at a provider. */
const RETURN = 'sixpin.return';

export interface Profile {
  name: string;
  email: string;
  password: string;
}

/** The session of the browser: its user, and how it begins and ends. */
class Session {
  phase = $state<'starting' | 'guest' | 'ready' | 'failed'>('starting');
  boot = $state.raw<Boot | null>(null);
  user = $state.raw<User | null>(null);
  /** The error that keeps the app from working. */
  failure = $state.raw<unknown>(null);
  /** Why the user has to sign in again. */
  notice = $state<'ended' | 'inactive' | null>(null);
  /** The server's code for why single sign-on failed. */
  signOnError = $state<string | null>(null);
  /** The e-mail address last entered on a guest page, which the others start with. */
  email = $state('');
  #returnTo: string | null = null;
  /** The pending sign-out: a session that begins before its answer would be undone by it. */
  #signingOut: Promise<unknown> = Promise.resolve();

  get preferences(): Preferences | null {
    return this.user?.preferences ?? null;
  }

  /** Loads the user, or shows the sign-in page. */
  async start(): Promise<void> {
    onLoss((why, error) => this.#end(why, error));
    this.phase = 'starting';
    const languageLoaded = language.useRemembered();
    try {
      const boot = (this.boot ??= readBoot());
      if (boot.proxyAuth) expectProxy();
      if (router.route.page === 'error') {
        this.signOnError = new URLSearchParams(location.search).get('err');
        router.go('/login', { replace: true });
      }
      await languageLoaded;
      if (boot.needsFirstUser && !boot.proxyAuth) {
        this.phase = 'guest';
        router.go('/setup', { replace: true });
        return;
      }
      await this.#begin(asUser(await api.get('/api/v1/user', { guest: true })));
    } catch (error) {
      const isGuest = error instanceof HttpError && [401, 418, 419].includes(error.status);
      if (isGuest && this.boot?.proxyAuth === false) {
        this.notice = error.status === 418 ? 'inactive' : null;
        this.#askToSignIn();
      } else {
        await languageLoaded;
        this.#fail(error);
      }
    }
  }

  /** Refreshes everything after the page woke up. */
  async resume(): Promise<void> {
    if (this.phase === 'ready') await vault.refresh();
  }

  /** Resolves once a sign-out under way has finished. */
  signedOut(): Promise<unknown> {
    return this.#signingOut;
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.#signingOut;
    await this.#beginAndReturn(asUser(await api.post('/user/login', { body: { email, password }, guest: true })));
  }

  /** Signs in with a passkey's answer. */
  async signInByPasskey(answer: PasskeyAnswer): Promise<void> {
    await this.#beginAndReturn(asUser(await api.post('/webauthn/login', { body: answer, guest: true })));
  }

  /** Remembers the page to return to from a provider of single sign-on. */
  rememberReturn(): void {
    if (this.#returnTo !== null) sessionStorage.setItem(RETURN, this.#returnTo);
  }

  /** Does the work of a link from a mail, which signs in. */
  async useMailLink(work: () => Promise<unknown>): Promise<void> {
    await work();
    // Another user may have been signed in.
    this.#clear();
    try {
      await this.#beginAndReturn(asUser(await api.get('/api/v1/user', { guest: true })));
    } catch (error) {
      // A new password doesn't sign in a user who allows passkeys only.
      if (!(error instanceof HttpError && error.status === 401)) throw error;
      this.#showSignIn();
    }
  }

  async register(profile: Profile): Promise<void> {
    const first = this.boot?.needsFirstUser ?? false;
    const body = { ...profile, password_confirmation: profile.password };
    await this.#begin(asUser(await api.post('/user', { body, guest: true })));
    router.go(first ? '/add' : '/accounts', { replace: true });
  }

  async signOut(): Promise<void> {
    if (this.boot?.proxyAuth) {
      this.#clear();
      location.assign(this.boot.proxyLogoutUrl ?? document.baseURI);
      return;
    }
    await api.get('/user/logout', { guest: true });
    this.#showSignIn();
  }

  /** Changes the user's name and e-mail address, which requires the password. */
  async rename(profile: Profile): Promise<void> {
    this.user = asUser(await api.put('/user', { body: profile }));
  }

  /** Deletes the user with everything they own, which requires the password. */
  async deleteUser(password: string): Promise<void> {
    await api.delete('/user', { body: { password } });
    this.#showSignIn();
  }

  /** Signs out; signing in again returns to the same page. */
  async lock(): Promise<void> {
    if (this.boot?.proxyAuth || this.phase !== 'ready') return;
    this.#end('inactive');
    // The screen and the memory are clear already. A session that this request doesn't reach expires on the server.
    this.#signingOut = api.get('/user/logout', { guest: true }).catch(() => undefined);
    await this.#signingOut;
  }

  /** Sets a preference, with effect at once; reverts it if it can't be saved. */
  async prefer<Name extends keyof Preferences>(name: Name, value: Preferences[Name]): Promise<void> {
    const before = this.user;
    if (before === null) return;
    this.user = { ...before, preferences: { ...before.preferences, [name]: value } };
    try {
      await api.put('/api/v1/user/preferences/{name}', { path: { name }, body: { value } });
    } catch (error) {
      if (this.user !== null) this.user = { ...this.user, preferences: { ...this.user.preferences, [name]: before.preferences[name] } };
      throw error;
    }
  }

  /** Loads the user again. */
  async refresh(): Promise<void> {
    this.user = asUser(await api.get('/api/v1/user'));
  }

  async #beginAndReturn(user: User): Promise<void> {
    const path = this.#returnTo ?? '/accounts';
    this.#returnTo = null;
    await this.#begin(user);
    router.go(path, { replace: true });
  }

  async #begin(user: User): Promise<void> {
    await language.use(user.preferences.lang);
    applyTheme(user.preferences.theme);
    this.user = user;
    this.notice = null;
    this.failure = null;
    this.email = '';
    this.phase = 'ready';
    if (this.boot !== null) this.boot = { ...this.boot, needsFirstUser: false };
    const failure = explainSignOn(this.signOnError);
    if (failure !== null) toasts.show(failure, { isError: true });
    this.signOnError = null;
    const back = sessionStorage.getItem(RETURN);
    sessionStorage.removeItem(RETURN);
    const { page } = router.route;
    if (isOneOf(page, GUEST_PAGES)) router.go('/accounts', { replace: true });
    else if (back !== null && page === 'accounts') router.go(back, { replace: true });
  }

  /** Shows the sign-in page, which will lead to the list of accounts. */
  #showSignIn(): void {
    this.#clear();
    this.notice = null;
    this.#returnTo = null;
    this.phase = 'guest';
    router.go('/login', { replace: true });
  }

  /** Shows the sign-in page, which will lead back to the current page. */
  #askToSignIn(): void {
    this.#clear();
    this.phase = 'guest';
    const { page } = router.route;
    if (isOneOf(page, MAIL_PAGES)) return;
    const closed = page === 'setup' || (page === 'register' && this.boot?.disableRegistration);
    if (isOneOf(page, GUEST_PAGES) && !closed) return;
    this.#returnTo = closed ? null : router.path;
    router.go('/login', { replace: true });
  }

  #end(why: Loss, error?: Error): void {
    if (this.phase === 'starting') return;
    if (why === 'ended' || why === 'inactive') {
      if (!this.boot?.proxyAuth) {
        if (this.phase === 'ready') this.notice = why;
        this.#askToSignIn();
        return;
      }
    }
    // The proxy has ended its own session: on a reload it can ask the user to sign in.
    if (this.phase === 'ready' && reload()) return;
    this.#fail(error ?? null);
  }

  #fail(error: unknown): void {
    this.#clear();
    this.failure = error;
    this.phase = 'failed';
  }

  #clear(): void {
    vault.clear();
    toasts.clear();
    leaving.cancel();
    this.user = null;
  }
}

/** Reloads the page, unless a reload has just failed to help. Returns whether it does. */
function reload(): boolean {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (Math.abs(Date.now() - last) < RELOAD_PAUSE) return false;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  location.reload();
  return true;
}

export const session = new Session();
