import { ticker } from './ticker.svelte';
import type { Provider } from './methods';

/** The facts that the app needs before its first request. */
export interface Boot {
  appName: string;
  /** Whether no user exists yet: the first to register becomes the administrator. */
  needsFirstUser: boolean;
  /** Whether visitors share the one user of this instance. */
  isDemo: boolean;
  disableRegistration: boolean;
  /** The providers that users may sign in with. */
  sso?: Provider[];
  /** Whether all but administrators must sign in with one. */
  useSsoOnly?: boolean;
  /** Whether a reverse proxy signs users in; there are no sign-in pages then. */
  proxyAuth: boolean;
  /** Whether access tokens can be made behind that proxy. */
  proxyTokens?: boolean;
  proxyLogoutUrl: string | null;
  /** The server's time, in whole Unix seconds. */
  now: number;
}

/** Reads the facts that the server wrote into the page, and observes its time. */
export function readBoot(): Boot {
  const written = document.querySelector<HTMLMetaElement>('meta[name="boot"]')?.content ?? '';
  const boot = JSON.parse(written) as Boot;
  const [loading] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  if (loading !== undefined) ticker.observe(boot.now, loading.requestStart / 1000, loading.responseStart / 1000);
  return boot;
}
