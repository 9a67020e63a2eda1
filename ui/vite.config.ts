import type { IncomingMessage } from 'node:http';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { budget } from './build/budget.ts';
import { sidecars } from './build/sidecars.ts';

/** A server started with `cargo run`, for `npm run dev`. */
const server = process.env.SIXPIN_URL ?? 'http://127.0.0.1:8000';
const served = ['/api', '/user', '/oauth', '/webauthn', '/socialite', '/system', '/storage', '/refresh-csrf', '/manifest.json'];

/** Fills in the page as the server does: with the path of the app's root, and the facts that the app starts with. */
const filledPlaces: Plugin = {
  name: 'filled-places',
  apply: 'serve',
  async transformIndexHtml(html) {
    const page = await fetch(server).then((answer) => answer.text());
    const boot = /<meta name="boot" content="([^"]*)"/.exec(page)?.[1] ?? '';
    return html.replace('__BASE__', '/').replace('__BOOT__', boot);
  },
};

/** Returns the app for addresses that pages share with the API. Those that lead to a provider are the server's. */
function pageOf({ url = '', headers }: IncomingMessage): string | undefined {
  return headers.accept?.startsWith('text/html') && !url.startsWith('/socialite') ? '/index.html' : undefined;
}

export default defineConfig({
  base: './',
  plugins: [
    svelte(),
    filledPlaces,
    budget({
      modules: ['pages/Accounts.svelte', 'locales/en.json'],
      firstPage: 60_000,
      whole: 200_000,
      alternatives: /\/locales\/[\w-]+\.json$/,
    }),
    sidecars(),
  ],
  build: {
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // A data: URL in a style sheet or script would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: Object.fromEntries(served.map((path) => [path, { target: server, bypass: pageOf }])) },
  resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
  test: { environment: 'jsdom', include: ['tests/**/*.test.ts'], testTimeout: 30_000 },
});
