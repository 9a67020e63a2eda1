import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Authenticator } from '../authenticator.js';
import { ANA, Person, eventually } from '../person.js';
import { startServer, texts } from '../server.js';
import { DESKTOP, SMALL_PHONE, Visitor, closeBrowser } from '../visitor.js';

after(closeBrowser);

const VISITS = [
  { name: 'on a desktop, in English', device: DESKTOP, language: 'en', theme: 'light' },
  { name: 'on a small phone, in French', device: SMALL_PHONE, language: 'fr', theme: 'dark' },
];

for (const visit of VISITS) {
  /** Runs a test with a new administrator who has opened the security settings. */
  const journey = (name, walk) =>
    test(`${name} ${visit.name}`, async (t) => {
      // Browsers tie passkeys to host names, not to IP addresses.
      const url = await startServer(t, { name: 'localhost' });
      const visitor = await Visitor.arrive(url, visit);
      const person = new Person(visitor, await texts(visit.language));
      try {
        await person.becomeAdministrator();
        await person.link('page.back').click();
        await person.onPage('accounts.title');
        await person.openSettings('settings.security');
        await walk(person);
        await visitor.leave();
      } catch (error) {
        await visitor.picture('failure');
        error.message += ` (at ${visitor.page.url()}; ${visitor.complaints.join('; ') || 'no complaints'})`;
        throw error;
      }
    });

  journey('a passkey of the device', async (person) => {
    const { visitor } = person;
    const device = await Authenticator.attach(visitor);
    await visitor.inspect('settings-security-none');
    await add(person, 'My phone');
    assert.equal((await device.passkeys()).length, 1);
    await visitor.inspect('settings-security');

    // The same device isn't accepted twice.
    await person.field('passkeys.new').fill('Again');
    await person.button('add.short').click();
    await person.page.getByRole('alert').filter({ hasText: person.say('passkey.known') }).waitFor();

    await act(person, 'My phone', 'group.rename');
    const dialog = person.page.getByRole('dialog');
    await dialog.getByLabel(person.say('group.name'), { exact: true }).fill('Work laptop');
    await visitor.inspect('passkey-rename');
    await dialog.getByRole('button', { name: person.say('group.rename'), exact: true }).click();
    await row(person, 'Work laptop').waitFor();

    // Without an e-mail address: the passkey identifies its user.
    await device.confirm(false);
    await leave(person);
    await visitor.inspect('sign-in-passkey');
    await device.confirm(true);
    await person.button('signIn.passkey').click();
    await person.onPage('accounts.title');

    // The browser offers it, without a button; the last method used comes first.
    const taken = person.page.waitForResponse((answer) => answer.url().endsWith('/webauthn/login'));
    await person.button('menu').click();
    await person.button('signOut').click();
    assert.equal((await taken).status(), 200);
    await person.onPage('accounts.title');

    await person.openSettings('settings.security');
    await remove(person, 'Work laptop', 'passkeys.deleteText');
    await person.page.getByRole('list', { name: person.say('passkeys.title'), exact: true }).waitFor({ state: 'detached' });
  });

  journey('a security key, and nothing else', async (person) => {
    const { visitor } = person;
    await Authenticator.attach(visitor, { roaming: true });
    await add(person, 'Key ring');
    const only = person.page.getByRole('switch', { name: person.say('passkeys.only') });
    await only.click();
    await visitor.inspect('passkeys-only');
    await person.button('cancel').click();
    assert.equal(await only.isChecked(), false);
    await only.click();
    await person.button('passkeys.onlyAction').click();
    await eventually(async () => assert.equal(await only.isChecked(), true));

    await leave(person);
    visitor.expect(401, '/user/login');
    await person.signIn();
    await person.page.getByRole('alert').filter({ hasText: person.say('signIn.wrong') }).waitFor();
    await person.field('person.email').fill(ANA.email);
    await person.button('signIn.passkey').click();
    await person.onPage('accounts.title');

    // Deleting the last passkey lifts the restriction, which would lock its owner out.
    await person.openSettings('settings.security');
    await remove(person, 'Key ring', 'passkeys.deleteLast');
    await leave(person);
    await person.signIn();
    await person.onPage('accounts.title');
  });
}
/** Adds a passkey. */
async function add(person, name) {
  await person.field('passkeys.new').fill(name);
  await person.button('add.short').click();
  await person.told('passkeys.added', { name });
  await row(person, name).waitFor();
}

function row(person, name) {
  return person.page.getByRole('listitem').filter({ hasText: name });
}

/** Chooses an action from the menu of a passkey. */
async function act(person, name, action) {
  await person.button('passkeys.actions', { name }).click();
  await person.button(action).click();
}

/** Deletes a passkey, after checking the warning. */
async function remove(person, name, warning) {
  await act(person, name, 'delete.action');
  const question = person.page.getByRole('alertdialog');
  await question.getByText(person.say(warning), { exact: true }).waitFor();
  await question.getByRole('button', { name: person.say('delete.action'), exact: true }).click();
  await person.told('passkeys.deleted', { name });
}

async function leave(person) {
  await person.link('page.back').click();
  await person.onPage('accounts.title');
  await person.signOut();
}
