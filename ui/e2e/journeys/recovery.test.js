import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Authenticator } from '../authenticator.js';
import { Mailbox, link } from '../mailbox.js';
import { ANA, Person, eventually } from '../person.js';
import { startServer, texts } from '../server.js';
import { DESKTOP, PHONE, Visitor, closeBrowser } from '../visitor.js';

const NEW = 'another horse, another battery';

after(closeBrowser);

const VISITS = [
  { name: 'on a desktop, in English', device: DESKTOP, language: 'en', theme: 'light' },
  { name: 'on a phone, in French', device: PHONE, language: 'fr', theme: 'dark' },
];

for (const visit of VISITS) {
  /** Runs a test with the administrator of a server that sends mails. */
  const journey = (name, walk) =>
    test(`${name} ${visit.name}`, async (t) => {
      const mailbox = await Mailbox.open(t);
      const url = await startServer(t, { name: 'localhost', settings: mailbox.settings });
      const visitor = await Visitor.arrive(url, visit);
      const person = new Person(visitor, await texts(visit.language));
      try {
        await person.becomeAdministrator();
        await person.link('page.back').click();
        await person.onPage('accounts.title');
        await walk(person, mailbox, url);
        await visitor.leave();
      } catch (error) {
        await visitor.picture('failure');
        error.message += ` (at ${visitor.page.url()}; ${visitor.complaints.join('; ') || 'no complaints'})`;
        throw error;
      }
    });

  journey('a lost password', async (person, mailbox, url) => {
    const { visitor, page } = person;
    await person.signOut();
    await person.link('lost.password').click();
    await person.onPage('lost.passwordTitle');
    await person.button('lost.send').click();
    await eventually(async () => assert.equal(await person.field('person.email').getAttribute('aria-invalid'), 'true'));
    await visitor.inspect('lost-password');
    await ask(person);
    await visitor.inspect('lost-sent');

    const mail = await mailbox.next();
    assert.equal(mail.to[0].address, ANA.email);
    const address = link(mail);
    await page.goto(`${url}user/password/reset?email=${ANA.email}`);
    await page.getByRole('alert').filter({ hasText: person.say('letter.incomplete') }).waitFor();
    await page.goto(address);
    await person.onPage('reset.title');
    await person.field('person.new').fill('short');
    await person.button('reset.action').click();
    await eventually(async () => assert.equal(await person.field('person.new').getAttribute('aria-invalid'), 'true'));
    await visitor.inspect('reset');
    await person.field('person.new').fill(NEW);
    await person.button('reset.action').click();
    await person.told('password.done');
    await person.onPage('accounts.title');
    assert.ok(!page.url().includes('token'));

    // Neither the link nor the old password works again.
    visitor.expect(422, '/user/password/reset');
    await page.goto(address);
    await person.field('person.new').fill(NEW);
    await person.button('reset.action').click();
    await page.getByRole('alert').getByRole('link').waitFor();
    await visitor.inspect('reset-spent');
    await page.goto(url);
    if ((await person.button('menu').count()) > 0) await person.signOut();
    visitor.expect(401, '/user/login');
    await person.signIn();
    await page.getByRole('alert').filter({ hasText: person.say('signIn.wrong') }).waitFor();
    await person.signIn({ password: NEW });
    await person.onPage('accounts.title');
  });

  journey('a lost passkey', async (person, mailbox) => {
    const { visitor, page } = person;
    const device = await Authenticator.attach(visitor);
    await person.openSettings('settings.security');
    await person.field('passkeys.new').fill('Phone');
    await person.button('add.short').click();
    await person.told('passkeys.added', { name: 'Phone' });
    assert.doesNotMatch((await mailbox.next()).text, /token=/, 'the mail about the new passkey has no link to sign in with');
    await page.getByRole('switch', { name: person.say('passkeys.only') }).click();
    await person.button('passkeys.onlyAction').click();
    await device.detach();
    await person.link('page.back').click();
    await person.signOut();

    await person.link('lost.device').click();
    await person.onPage('lost.deviceTitle');
    await visitor.inspect('lost-device');
    await ask(person);
    await page.goto(link(await mailbox.next()));
    await person.onPage('recover.title');
    await visitor.inspect('recover');
    visitor.expect(401, '/webauthn/recover');
    await person.field('person.password').fill('wrong');
    await person.button('recover.action').click();
    await page.getByText(person.say('recover.wrong'), { exact: true }).waitFor();
    await person.field('person.password').fill(ANA.password);
    await person.button('recover.action').click();
    await person.told('recover.done');
    await person.onPage('accounts.title');
    await person.signOut();
    await person.signIn();
    await person.onPage('accounts.title');
  });

  journey('the test mail', async (person, mailbox) => {
    await person.button('menu').click();
    await person.link('admin.title').click();
    await person.onPage('admin.title');
    await person.button('admin.mailTest').click();
    await person.told('admin.mailSent', { email: ANA.email });
    assert.equal((await mailbox.next()).to[0].address, ANA.email);
    await mailbox.close();
    person.visitor.expect(424, '/system/test-email');
    await person.button('admin.mailTest').click();
    await person.page.getByRole('alert').filter({ hasText: person.say('admin.mailFailed') }).waitFor();
    await person.visitor.inspect('admin-mail');
  });
}

/** Requests a mail, and checks the confirmation. */
async function ask(person) {
  await person.field('person.email').fill(ANA.email);
  await person.button('lost.send').click();
  await person.told('lost.sent', { email: ANA.email });
}
