import { ticker } from './ticker.svelte';
import type { Boot } from './wire';

/** What the server wrote into the page, its time included. */
export function readBoot(): Boot {
  const written = document.querySelector<HTMLMetaElement>('meta[name="boot"]')?.content ?? '';
  const boot = JSON.parse(written) as Boot;
  const [loading] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  if (loading !== undefined) ticker.observe(boot.now, loading.requestStart / 1000, loading.responseStart / 1000);
  return boot;
}
