/** The names of the providers of single sign-on. */
const PROVIDERS = { openid: 'OpenID Connect', github: 'GitHub' };

export type Provider = keyof typeof PROVIDERS;

/** Returns what to call a provider; one that isn't known goes by its identifier. */
export function providerName(provider: string): string {
  return Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider as Provider] : provider;
}

/** A way to sign in. */
export type Way = 'password' | 'passkey' | Provider;

const WAY = 'sixpin.way';

/** Remembers the way taken last on this device. */
export function take(way: Way): void {
  localStorage.setItem(WAY, way);
}

/** The way taken last on this device, if it is among `ways`. */
export function lastOf<Kind extends Way>(ways: readonly Kind[]): Kind | undefined {
  const last = localStorage.getItem(WAY);
  return ways.find((way) => way === last);
}
