import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
export const SMALL_PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };

// The browser's own services would only try to reach a network that tests must not use.
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
  // A code is named to a screen reader figure by figure, not as the number that is written: the rule takes offence.
  rules: { 'label-content-name-mismatch': { enabled: false } },
};

let browser;

/** Closes the browser that visitors of this file share. */
export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

/** Someone with a browser of their own: a page, and what went wrong in it without anyone seeing. */
export class Visitor {
  complaints = [];
  #origins = new Set();
  // What the browser writes of failed requests that the journey means to fail. A guest's first question who they are
  // is answered by 401.
  #expected = [{ status: 401, path: '/api/v1/user' }];

  /** Opens `url` on a device, in a language and a colour scheme. */
  static async arrive(url, { device = DESKTOP, language = 'en', theme = 'light', credentials, headers } = {}) {
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
    visitor.allow(new URL(url).origin);
    visitor.#listen();
    await visitor.page.goto(url);
    return visitor;
  }

  /** Leaves; fails if the console showed an error, the page broke its policy, or it spoke to another host. */
  async leave() {
    await this.context.close();
    assert.deepEqual(this.complaints, []);
  }

  /** From here on, `path` may answer with `status`. */
  expect(status, path) {
    this.#expected.push({ status, path });
  }

  /** From here on, the page of another origin may be visited too. */
  allow(origin) {
    this.#origins.add(origin);
  }

  /** From here on, requests may find no server. */
  expectUnreachable() {
    this.#expected.push({ status: 'net::ERR_', path: '' });
  }

  /** What the clipboard holds. */
  clipboard() {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** Fails if axe finds a barrier on the page as it is, in either theme. Keeps a picture of each. */
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

  /** Keeps a picture of the page, where SCREENSHOTS names a folder. */
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
