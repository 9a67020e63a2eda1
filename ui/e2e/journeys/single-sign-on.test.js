import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ANA, BOB, Person, eventually } from '../person.js';
import { startProvider } from '../provider.js';
import { freePort, startServer, texts } from '../server.js';
import { DESKTOP, PHONE, Visitor, closeBrowser } from '../visitor.js';

const PROVIDER = 'OpenID';
const PEOPLE = { ana: ANA, bob: BOB };

after(closeBrowser);

const VISITS = [
  { name: 'on a desktop, in English', device: DESKTOP, language: 'en', theme: 'light' },
  { name: 'on a phone, in French', device: PHONE, language: 'fr', theme: 'dark' },
];

for (const visit of VISITS) {
  /** Runs a test with the new administrator of a server that has a provider. */
  const journey = (name, walk) =>
    test(`${name} ${visit.name}`, async (t) => {
      const port = await freePort();
      const provider = await startProvider(t, `http://localhost:${port}/`, PEOPLE);
      const url = await startServer(t, { listen: `127.0.0.1:${port}`, name: 'localhost', settings: provider.settings });
      const visitor = await Visitor.arrive(url, visit);
      visitor.allow(provider.origin);
      const person = new Person(visitor, await texts(visit.language));
      try {
        await person.onPage('setup.title');
        await visitor.inspect('setup-provider');
        await person.becomeAdministrator();
        await person.link('page.back').click();
        await person.onPage('accounts.title');
        await walk(person, url);
        await visitor.leave();
      } catch (error) {
        await visitor.picture('failure');
        error.message += ` (at ${visitor.page.url()}; ${visitor.complaints.join('; ') || 'no complaints'})`;
        throw error;
      }
    });

  journey('a provider lets people in, or says why not', async (person, url) => {
    await newcomer(person, url);
    await refused(person);
  });
  journey('a provider lets people in, in two tabs at once', twoTabs);
  journey('a provider is added to an account', linked);
  journey('a provider alone lets people in', alone);
}

/** Goes to the provider, and signs in there. */
async function go(person, who) {
  await person.link('signIn.provider', { provider: PROVIDER }).click();
  await person.page.getByRole('button', { name: who, exact: true }).click();
}

async function newcomer(person, url) {
  await person.signOut();
  await person.visitor.inspect('sign-in-provider');
  // Signing in at the provider leads to the page first requested.
  await person.page.goto(`${url}groups`);
  await person.onPage('signIn.title');
  await go(person, 'I am bob');
  await person.onPage('groups.title');
  await person.link('page.back').click();
  await person.openSettings('settings.account');
  await person.page.getByText(person.say('settings.external', { provider: PROVIDER }), { exact: true }).waitFor();
  assert.equal(await person.button('password.change').count(), 0);
  await person.link('page.back').click();
  await person.signOut();
  // The last method used comes first.
  const first = person.page.getByRole('main').getByRole('link').first();
  assert.equal((await first.textContent()).trim(), person.say('signIn.provider', { provider: PROVIDER }));
}

/** Begins in one tab, then in another, and finishes in the first one. */
async function twoTabs(person, url) {
  await person.signOut();
  const first = person.page;
  await person.link('signIn.provider', { provider: PROVIDER }).click();
  const bob = first.getByRole('button', { name: 'I am bob', exact: true });
  await bob.waitFor();
  const second = await first.context().newPage();
  const other = new Person({ ...person.visitor, page: second }, person.say);
  await second.goto(`${url}groups`);
  await other.onPage('signIn.title');
  await other.link('signIn.provider', { provider: PROVIDER }).click();
  await second.getByRole('button', { name: 'I am bob', exact: true }).waitFor();
  await bob.click();
  await person.onPage('accounts.title');
  await second.getByRole('button', { name: 'I am bob', exact: true }).click();
  await other.onPage('groups.title');
  await second.close();
}

async function refused(person) {
  const alerted = (key) => person.page.getByRole('alert').filter({ hasText: person.say(key) }).waitFor();
  await person.page.context().clearCookies({ domain: '127.0.0.1' });
  await go(person, 'Cancel');
  await alerted('sso.failed');
  await person.visitor.inspect('sign-in-provider-failed');
  await person.page.context().clearCookies({ domain: '127.0.0.1' });
  await go(person, 'I am ana');
  await alerted('sso.emailUsed');
}

async function linked(person) {
  await person.openSettings('settings.account');
  await person.button('link.add', { provider: PROVIDER }).click();
  const dialog = person.page.getByRole('alertdialog');
  await person.visitor.inspect('provider-add');
  await dialog.getByLabel(person.say('person.current'), { exact: true }).fill(ANA.password);
  await dialog.getByRole('button', { name: person.say('link.go', { provider: PROVIDER }), exact: true }).click();
  await person.page.getByRole('button', { name: 'I am ana', exact: true }).click();
  await person.button('link.remove', { provider: PROVIDER }).waitFor();
  await person.visitor.inspect('settings-account-provider');
  await person.link('page.back').click();
  await person.signOut();
  await person.link('signIn.provider', { provider: PROVIDER }).click();
  await person.onPage('accounts.title');
  await person.openSettings('settings.account');
  await person.page.getByText(ANA.email, { exact: true }).first().waitFor();
}

async function alone(person) {
  await person.button('menu').click();
  await person.link('admin.title').click();
  const only = person.page.getByRole('switch', { name: person.say('admin.useSsoOnly') });
  await only.click();
  await person.visitor.inspect('admin-provider-only');
  await person.button('admin.useSsoOnlyAction').click();
  await eventually(async () => assert.equal(await only.isChecked(), true));
  await person.link('page.back').click();
  await person.signOut();
  assert.equal(await person.page.getByLabel(person.say('person.password'), { exact: true }).count(), 0);
  await person.visitor.inspect('sign-in-provider-only');
  await person.button('signIn.administrator').click();
  await person.visitor.inspect('sign-in-provider-administrator');
  person.visitor.expect(405, '/user/login');
  await person.signIn(BOB);
  await person.page.getByRole('alert').filter({ hasText: person.say('signIn.administratorsOnly') }).waitFor();
  await person.signIn();
  await person.onPage('accounts.title');
}
