/** The names of the providers of single sign-on. */
const PROVIDERS = { openid: 'OpenID', github: 'GitHub' };

export type Provider = keyof typeof PROVIDERS;

/** Returns the name of a provider; an unknown one keeps its identifier. */
export function providerName(provider: string): string {
  return Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider as Provider] : provider;
}

/** A method of signing in. */
export type SignInMethod = 'password' | 'passkey' | Provider;

const LAST_METHOD = 'sixpin.way';

/** Stores the last method used on this device. */
export function rememberMethod(method: SignInMethod): void {
  localStorage.setItem(LAST_METHOD, method);
}

/** Returns the last method used on this device, if it is one of `methods`. */
export function lastMethod<Kind extends SignInMethod>(methods: readonly Kind[]): Kind | undefined {
  const last = localStorage.getItem(LAST_METHOD);
  return methods.find((method) => method === last);
}
