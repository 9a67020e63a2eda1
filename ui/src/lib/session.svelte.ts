import { Refusal, api, behindProxy, onLoss, type Loss } from './api';
import { readBoot, type Boot } from './boot';
import { refusedBy } from './errors';
import { language } from './i18n.svelte';
import { leaving } from './leaving.svelte';
import type { PasskeyAnswer } from './passkeys';
import { router } from './router.svelte';
import { GATES, LETTERS, isOf } from './routes';
import { applyTheme } from './theme';
import { toasts } from './toasts.svelte';
import { signedIn, type Preferences, type User } from './user';
import { vault } from './vault.svelte';

/** How long after an automatic reload no other one is made, in milliseconds. */
const RELOAD_PAUSE = 30_000;
const RELOADED = 'sixpin.reloaded';
/** Where somebody wanted to go who is away at a provider to sign in. */
const RETURN = 'sixpin.return';

export interface Registration {
  name: string;
  email: string;
  password: string;
}

/** Who uses the app, from the first question to the server until the sign-out. */
class Session {
  phase = $state<'starting' | 'guest' | 'ready' | 'failed'>('starting');
  boot = $state.raw<Boot | null>(null);
  user = $state.raw<User | null>(null);
  /** Why the app can't go on. */
  failure = $state.raw<unknown>(null);
  /** Why the person has to sign in again. */
  notice = $state<'ended' | 'inactive' | null>(null);
  /** Why single sign-on led nowhere, in the server's word for it. */
  refused = $state<string | null>(null);
  /** The address last typed in on the way in, to be typed once. */
  email = $state('');
  #return: string | null = null;
  /** Until it is over, whatever begins a session would be undone by its answer. */
  #parting: Promise<unknown> = Promise.resolve();

  get preferences(): Preferences | null {
    return this.user?.preferences ?? null;
  }

  /** Finds out who is asking. */
  async start(): Promise<void> {
    onLoss((why, error) => this.#lose(why, error));
    this.phase = 'starting';
    const greeted = language.greet();
    try {
      const boot = (this.boot ??= readBoot());
      if (boot.proxyAuth) behindProxy();
      if (router.route.page === 'error') {
        this.refused = new URLSearchParams(location.search).get('err');
        router.go('/login', { replace: true });
      }
      await greeted;
      if (boot.needsFirstUser && !boot.proxyAuth) {
        this.phase = 'guest';
        router.go('/setup', { replace: true });
        return;
      }
      await this.#enter(signedIn(await api.get('/api/v1/user', { guest: true })));
    } catch (error) {
      const stranger = error instanceof Refusal && [401, 418, 419].includes(error.status);
      if (stranger && this.boot?.proxyAuth === false) {
        this.notice = error.status === 418 ? 'inactive' : null;
        this.#greet();
      } else {
        await greeted;
        this.#fail(error);
      }
    }
  }

  /** Brings everything up to date after the page woke up. */
  async resume(): Promise<void> {
    if (this.phase === 'ready') await vault.refresh();
  }

  /** The page is free for somebody to sign in. */
  parted(): Promise<unknown> {
    return this.#parting;
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.#parting;
    await this.#arrive(signedIn(await api.post('/user/login', { body: { email, password }, guest: true })));
  }

  /** Signs in by what a passkey answered. */
  async signInByPasskey(answer: PasskeyAnswer): Promise<void> {
    await this.#arrive(signedIn(await api.post('/webauthn/login', { body: answer, guest: true })));
  }

  /** Remembers the way back for when the provider of single sign-on has done its part. */
  goToProvider(): void {
    if (this.#return !== null) sessionStorage.setItem(RETURN, this.#return);
  }

  /** Does what the link of a mail is for, which signs in. */
  async follow(work: () => Promise<unknown>): Promise<void> {
    await work();
    // Somebody else may have been signed in.
    this.#forget();
    try {
      await this.#arrive(signedIn(await api.get('/api/v1/user', { guest: true })));
    } catch (error) {
      // A new password alone lets nobody in who allows passkeys only.
      if (!(error instanceof Refusal && error.status === 401)) throw error;
      this.#part();
    }
  }

  async register(person: Registration): Promise<void> {
    const first = this.boot?.needsFirstUser ?? false;
    const body = { ...person, password_confirmation: person.password };
    await this.#enter(signedIn(await api.post('/user', { body, guest: true })));
    router.go(first ? '/add' : '/accounts', { replace: true });
  }

  async signOut(): Promise<void> {
    if (this.boot?.proxyAuth) {
      this.#forget();
      location.assign(this.boot.proxyLogoutUrl ?? document.baseURI);
      return;
    }
    await api.get('/user/logout', { guest: true });
    this.#part();
  }

  /** Changes the person's name and address, which takes the password. */
  async rename(person: Registration): Promise<void> {
    this.user = signedIn(await api.put('/user', { body: person }));
  }

  /** Deletes the person and everything of theirs, which takes the password. */
  async erase(password: string): Promise<void> {
    await api.delete('/user', { body: { password } });
    this.#part();
  }

  /** Signs out, to come back to the same place. */
  async lock(): Promise<void> {
    if (this.boot?.proxyAuth || this.phase !== 'ready') return;
    this.#lose('inactive');
    // Nothing is left on the screen or in memory; if the server can't be told, it ends the session on its own.
    this.#parting = api.get('/user/logout', { guest: true }).catch(() => undefined);
    await this.#parting;
  }

  /** Shows the effect of a preference at once, and takes it back if it could not be saved. */
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

  /** What is new about the person. */
  async refresh(): Promise<void> {
    this.user = signedIn(await api.get('/api/v1/user'));
  }

  async #arrive(user: User): Promise<void> {
    const path = this.#return ?? '/accounts';
    this.#return = null;
    await this.#enter(user);
    router.go(path, { replace: true });
  }

  async #enter(user: User): Promise<void> {
    await language.use(user.preferences.lang);
    applyTheme(user.preferences.theme);
    this.user = user;
    this.notice = null;
    this.failure = null;
    this.email = '';
    this.phase = 'ready';
    if (this.boot !== null) this.boot = { ...this.boot, needsFirstUser: false };
    const refused = refusedBy(this.refused);
    if (refused !== null) toasts.say(refused, { bad: true });
    this.refused = null;
    const back = sessionStorage.getItem(RETURN);
    sessionStorage.removeItem(RETURN);
    const { page } = router.route;
    if (isOf(page, GATES)) router.go('/accounts', { replace: true });
    else if (back !== null && page === 'accounts') router.go(back, { replace: true });
  }

  /** Shows the sign-in page, which leads nowhere in particular. */
  #part(): void {
    this.#forget();
    this.notice = null;
    this.#return = null;
    this.phase = 'guest';
    router.go('/login', { replace: true });
  }

  /** Shows the sign-in page, which leads back to where the person wanted to go. */
  #greet(): void {
    this.#forget();
    this.phase = 'guest';
    const { page } = router.route;
    if (isOf(page, LETTERS)) return;
    const shut = page === 'setup' || (page === 'register' && this.boot?.disableRegistration);
    if (isOf(page, GATES) && !shut) return;
    this.#return = shut ? null : router.path;
    router.go('/login', { replace: true });
  }

  #lose(why: Loss, error?: Error): void {
    if (this.phase === 'starting') return;
    if (why === 'ended' || why === 'inactive') {
      if (!this.boot?.proxyAuth) {
        if (this.phase === 'ready') this.notice = why;
        this.#greet();
        return;
      }
    }
    // The proxy in front has ended its session: loading the page anew lets it ask the person to sign in.
    if (this.phase === 'ready' && reload()) return;
    this.#fail(error ?? null);
  }

  #fail(error: unknown): void {
    this.#forget();
    this.failure = error;
    this.phase = 'failed';
  }

  #forget(): void {
    vault.clear();
    toasts.clear();
    leaving.cancel();
    this.user = null;
  }
}

/** Loads the page anew, unless that was just done and didn't help. */
function reload(): boolean {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (Math.abs(Date.now() - last) < RELOAD_PAUSE) return false;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  location.reload();
  return true;
}

export const session = new Session();
