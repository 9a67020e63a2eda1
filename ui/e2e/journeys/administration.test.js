import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Mailbox, link } from '../mailbox.js';
import { BOB, Person, eventually } from '../person.js';
import { startServer, texts } from '../server.js';
import { DESKTOP, SMALL_PHONE, Visitor, closeBrowser } from '../visitor.js';

after(closeBrowser);

const VISITS = [
  { name: 'on a desktop, in English', device: DESKTOP, language: 'en', theme: 'light' },
  { name: 'on a small phone, in French', device: SMALL_PHONE, language: 'fr', theme: 'dark' },
];

for (const visit of VISITS) {
  /** Runs a test with a new administrator. */
  const journey = (name, walk) =>
    test(`${name} ${visit.name}`, async (t) => {
      const mailbox = await Mailbox.open(t);
      const url = await startServer(t, { name: '127.0.0.1', settings: mailbox.settings });
      const say = await texts(visit.language);
      const visitor = await Visitor.arrive(url, visit);
      const person = new Person(visitor, say);
      /** Another user with a browser of their own. */
      const another = async () => new Person(await Visitor.arrive(url, visit), say);
      try {
        await person.becomeAdministrator();
        await person.link('page.back').click();
        await person.onPage('accounts.title');
        await walk(person, { another, mailbox });
        await visitor.leave();
      } catch (error) {
        await visitor.picture('failure');
        error.message += ` (at ${visitor.page.url()}; ${visitor.complaints.join('; ') || 'no complaints'})`;
        throw error;
      }
    });

  journey('who may register', async (person, { another }) => {
    const { visitor } = person;
    await administer(person, 'admin.settings');
    await visitor.inspect('admin-settings');
    await flip(person, 'admin.restrict');
    await person.field('admin.list').fill('bob@example.org\nCarol@Example.org');
    const save = person.page.getByRole('form', { name: person.say('admin.restrict') }).getByRole('button', { name: person.say('edit.save') });
    await person.field('admin.rule').fill('[a-');
    visitor.expect(422, '/api/v1/settings/restrictRule');
    await save.click();
    await eventually(async () => assert.equal(await person.field('admin.rule').getAttribute('aria-invalid'), 'true'));
    await person.field('admin.rule').fill('@example\\.net$');
    await save.click();
    await person.told('edit.done');
    await visitor.inspect('admin-restrict');

    const stranger = await another();
    stranger.visitor.expect(422, '/user');
    await stranger.link('register.action').click();
    await stranger.field('person.name').fill('Dora');
    await stranger.field('person.email').fill('dora@example.org');
    await stranger.field('person.password').fill(BOB.password);
    await stranger.button('register.action').click();
    await eventually(async () => assert.equal(await stranger.field('person.email').getAttribute('aria-invalid'), 'true'));
    await stranger.field('person.email').fill('dora@example.net');
    await stranger.button('register.action').click();
    await stranger.onPage('accounts.title');
    // Only administrators see the administration.
    await stranger.button('menu').click();
    assert.equal(await stranger.link('admin.title').count(), 0);
    await stranger.visitor.leave();

    await flip(person, 'admin.mayRegister');
    const late = await another();
    await late.onPage('signIn.title');
    assert.equal(await late.link('register.action').count(), 0);
    await late.visitor.leave();
  });

  journey('users', async (person, { another, mailbox }) => {
    const { visitor, page } = person;
    await administer(person, 'admin.users');
    await person.button('users.new').click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByLabel(person.say('person.name'), { exact: true }).fill(BOB.name);
    await dialog.getByLabel(person.say('person.email'), { exact: true }).fill(BOB.email);
    await dialog.getByLabel(person.say('person.password'), { exact: true }).fill(BOB.password);
    await visitor.inspect('admin-new-user');
    await dialog.getByRole('button', { name: person.say('users.create'), exact: true }).click();
    await person.told('users.added', { name: BOB.name });
    await visitor.inspect('admin-users');

    const bob = await another();
    await bob.signIn(BOB);
    await bob.onPage('accounts.title');

    await page.getByRole('listitem').filter({ hasText: BOB.email }).getByRole('link').click();
    await page.getByRole('heading', { name: BOB.name, exact: true }).waitFor();
    await page.getByRole('list', { name: person.say('signIns.title'), exact: true }).getByText(person.say('signIns.password')).waitFor();
    await visitor.inspect('admin-user');
    await flip(person, 'users.isAdmin');
    await flip(person, 'users.isAdmin');

    await person.button('users.reset').click();
    await confirm(person, 'users.reset');
    await person.told('users.resetDone', { email: BOB.email });
    bob.visitor.expect(401, '/api/v1/twofaccounts');
    await bob.page.reload();
    await bob.onPage('signIn.title');
    await bob.page.goto(link(await mailbox.next()));
    await bob.field('person.new').fill('a password of my own');
    await bob.button('reset.action').click();
    await bob.onPage('accounts.title');
    await bob.visitor.leave();

    await person.button('users.deleteAction').click();
    await confirm(person, 'users.delete');
    await person.told('users.deleted', { name: BOB.name });
    await page.getByText(person.say('users.count', { count: 1 })).waitFor();
    // The last administrator can't be demoted.
    visitor.expect(403, '/promote');
    await page.getByRole('listitem').getByRole('link').click();
    await page.getByRole('switch').click();
    await page.getByRole('status').filter({ hasText: /\S/ }).waitFor();
    assert.equal(await page.getByRole('switch').isChecked(), true);
  });

  journey('places where one is signed in', async (person, { another }) => {
    const { visitor, page } = person;
    const elsewhere = await another();
    await elsewhere.signIn();
    await elsewhere.onPage('accounts.title');
    await person.openSettings('settings.sessions');
    const places = page.getByRole('list', { name: person.say('visits.title'), exact: true }).getByRole('listitem');
    await eventually(async () => assert.equal(await places.count(), 2));
    await page.getByText(person.say('visits.here'), { exact: true }).waitFor();
    await visitor.inspect('settings-sessions');
    await person.button('visits.endOthers').click();
    await confirm(person, 'visits.endOthers');
    await person.told('visits.ended');
    await eventually(async () => assert.equal(await places.count(), 1));
    elsewhere.visitor.expect(401, '/api/v1/groups');
    elsewhere.visitor.expect(401, '/api/v1/twofaccounts');
    await elsewhere.link('page.back').or(elsewhere.button('menu')).click();
    await elsewhere.link('groups.title').click();
    await elsewhere.page.reload();
    await elsewhere.onPage('signIn.title');
    await elsewhere.visitor.leave();
  });
}

/** Opens a section of the administration from the menu. */
async function administer(person, section) {
  await person.button('menu').click();
  await person.link('admin.title').click();
  await person.onPage('admin.title');
  await person.link(section).click();
}

/** Toggles a switch, and waits until it is saved. */
async function flip(person, label) {
  const toggle = person.page.getByRole('switch', { name: person.say(label) });
  const was = await toggle.isChecked();
  await toggle.click();
  await eventually(async () => assert.equal(await toggle.isChecked(), !was));
}

/** Confirms a dialog. */
async function confirm(person, action) {
  await person.page.getByRole('alertdialog').getByRole('button', { name: person.say(action), exact: true }).click();
}
