import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
export const SMALL_PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };

// The browser's own services would try to reach the network, which tests must not.
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const AXE = {
  resultTypes: ['violations'],
  // Screen readers get a code digit by digit, unlike its visible text, which this rule objects to.
  rules: { 'label-content-name-mismatch': { enabled: false } },
};

let browser;

/** Closes the browser that the visitors of a file share. */
export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

/** A visitor with a browser context of their own: its page, and the errors in it that aren't visible. */
export class Visitor {
  complaints = [];
  #origins = new Set();
  // Failed requests that the journey expects. The first request of a guest, for the user, is answered 401.
  #expected = [{ status: 401, path: '/api/v1/user' }];

  /** Opens `url`, which may lead to one of the other `origins`, on a device, in a language and a colour scheme. */
  static async arrive(url, { device = DESKTOP, language = 'en', theme = 'light', credentials, headers, origins = [] } = {}) {
    browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM, args: ARGUMENTS });
    const context = await browser.newContext({
      ...device,
      locale: language,
      colorScheme: theme,
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
      httpCredentials: credentials,
      extraHTTPHeaders: headers,
    });
    context.setDefaultTimeout(10_000);
    const visitor = new Visitor();
    visitor.context = context;
    visitor.page = await context.newPage();
    visitor.theme = theme;
    for (const origin of [new URL(url).origin, ...origins]) visitor.allow(origin);
    visitor.#listen();
    await visitor.page.goto(url);
    return visitor;
  }

  /** Closes the browser. Fails if the console shows an error, or the page broke its policy or called another host. */
  async leave() {
    await this.context.close();
    assert.deepEqual(this.complaints, []);
  }

  /** Allows `path` to answer `status` from here on. */
  expect(status, path) {
    this.#expected.push({ status, path });
  }

  /** Allows pages of another origin from here on. */
  allow(origin) {
    this.#origins.add(origin);
  }

  /** Allows requests to fail to reach the server from here on. */
  expectUnreachable() {
    this.#expected.push({ status: 'net::ERR_', path: '' });
  }

  /** Returns the content of the clipboard. */
  clipboard() {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** Fails if axe finds a barrier on the current page in either theme. Keeps a screenshot of each. */
  async inspect(name) {
    for (const theme of ['light', 'dark']) {
      await this.page.emulateMedia({ colorScheme: theme });
      await this.picture(`${name}-${theme}`);
      await this.page.evaluate(axe.source);
      const { violations } = await this.page.evaluate((options) => window.axe.run(document, options), AXE);
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)}`);
      assert.deepEqual(found, [], `${name}, ${theme}`);
    }
    await this.page.emulateMedia({ colorScheme: this.theme });
    await this.#fits(name);
  }

  /** Keeps a screenshot of the page if SCREENSHOTS names a folder. */
  async picture(name) {
    const folder = process.env.SCREENSHOTS;
    if (folder === undefined) return;
    await mkdir(folder, { recursive: true });
    const width = this.page.viewportSize().width;
    await this.page.screenshot({ path: `${folder}/${name}-${width}.png` });
  }

  async #fits(name) {
    const excess = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(excess <= 0, `${name} is ${excess} px wider than the screen`);
  }

  #listen() {
    const { page, complaints } = this;
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !this.#isExpected(message)) complaints.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith('http') && !this.#origins.has(url.origin)) complaints.push(`request to ${url}`);
    });
  }

  #isExpected(message) {
    const { pathname } = new URL(message.location().url || 'about:blank');
    return this.#expected.some(({ status, path }) => message.text().includes(status) && pathname.endsWith(path));
  }
}
