import type { Provider } from './wire';

/** The providers of single sign-on there are, by their own names. */
export const PROVIDERS: Record<Provider, string> = { openid: 'OpenID Connect', github: 'GitHub' };

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
