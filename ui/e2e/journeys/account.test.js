import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ANA, BOB, Person, eventually } from '../person.js';
import { startServer, texts } from '../server.js';
import { DESKTOP, PHONE, Visitor, closeBrowser } from '../visitor.js';

const NEW = { name: 'Ana María', email: 'ana.maria@example.org', password: 'another horse, another battery' };

after(closeBrowser);

const VISITS = [
  { name: 'on a desktop, in English', device: DESKTOP, language: 'en', theme: 'light' },
  { name: 'on a phone, in French', device: PHONE, language: 'fr', theme: 'dark' },
];

for (const visit of VISITS) {
  /** Runs a test with a new administrator who has one account. */
  const journey = (name, walk) =>
    test(`${name} ${visit.name}`, async (t) => {
      const url = await startServer(t);
      const visitor = await Visitor.arrive(url, visit);
      const person = new Person(visitor, await texts(visit.language));
      try {
        await person.becomeAdministrator();
        await person.readPicture('example-bank.png');
        await person.save('Example Bank');
        await walk(person, url);
        await visitor.leave();
      } catch (error) {
        await visitor.picture('failure');
        error.message += ` (at ${visitor.page.url()}; ${visitor.complaints.join('; ') || 'no complaints'})`;
        throw error;
      }
    });

  journey('access tokens', async (person, url) => {
    await person.openSettings('settings.tokens');
    await person.page.getByText(person.say('tokens.none'), { exact: true }).waitFor();
    await person.visitor.inspect('settings-tokens-none');
    await person.button('tokens.create').click();
    await person.page.getByText(person.say('field.required'), { exact: true }).waitFor();

    const token = await makeToken(person, 'Extension');
    const use = () => fetch(`${url}api/v1/twofaccounts`, { headers: { Authorization: `Bearer ${token}` } });
    const answer = await use();
    assert.equal(answer.status, 200);
    assert.deepEqual((await answer.json()).map(({ service }) => service), ['Example Bank']);

    // It is shown only once, and its page can be opened by its address.
    await person.page.goto(`${url}settings/tokens`);
    await person.page.getByText('Extension', { exact: true }).waitFor();
    assert.ok(!(await person.page.content()).includes(token));
    await person.visitor.inspect('settings-tokens');

    await person.button('tokens.revokeOne', { name: 'Extension' }).click();
    const question = person.page.getByRole('alertdialog', { name: person.say('tokens.revokeTitle', { name: 'Extension' }), exact: true });
    await person.visitor.inspect('token-revoke');
    await question.getByRole('button', { name: person.say('tokens.revoke'), exact: true }).click();
    await person.told('tokens.revoked', { name: 'Extension' });
    await person.page.getByText(person.say('tokens.none'), { exact: true }).waitFor();
    assert.equal((await use()).status, 401);
  });

  journey('name, address and password', async (person) => {
    await person.openSettings('settings.account');
    await person.visitor.inspect('settings-account');
    await rename(person);
    await leaveUnsaved(person);
    await changePassword(person);
    await person.link('page.back').click();
    await person.row('Example Bank').waitFor();
    await person.signOut();
    person.visitor.expect(401, '/user/login');
    await person.signIn({ email: NEW.email });
    await person.page.getByRole('alert').filter({ hasText: person.say('signIn.wrong') }).waitFor();
    await person.signIn(NEW);
    await person.row('Example Bank').waitFor();
  });

  journey('the end', async (person) => {
    person.visitor.expect(400, '/user');
    // The last administrator can't be deleted.
    await person.openSettings('settings.account');
    await erase(person, ANA);
    await person.page.getByRole('alertdialog').getByRole('alert').waitFor();
    await person.button('cancel').click();
    await person.link('page.back').click();
    await person.signOut();

    await person.register(BOB);
    await person.openSettings('settings.account');
    await erase(person, BOB);
    await person.told('erase.done');
    // Whether there is such an account isn't told.
    person.visitor.expect(401, '/user/login');
    await person.signIn(BOB);
    await person.page.getByRole('alert').filter({ hasText: person.say('signIn.wrong') }).waitFor();
  });
}

/** Creates an access token, and returns it from the clipboard. */
async function makeToken(person, name) {
  await person.field('tokens.name').fill(name);
  await person.button('tokens.create').click();
  const dialog = person.page.getByRole('alertdialog', { name: person.say('tokens.newTitle', { name }), exact: true });
  const token = await dialog.getByRole('code').textContent();
  await person.visitor.inspect('token-new');
  await person.button('tokens.copy').click();
  await eventually(async () => assert.equal(await person.visitor.clipboard(), token));
  await person.button('tokens.close').click();
  await dialog.waitFor({ state: 'detached' });
  return token;
}

async function rename(person) {
  const form = person.page.getByRole('form', { name: person.say('profile.title'), exact: true });
  const current = form.getByLabel(person.say('person.current'), { exact: true });
  assert.equal(await current.count(), 0);
  await form.getByLabel(person.say('person.name'), { exact: true }).fill(NEW.name);
  await form.getByLabel(person.say('person.email'), { exact: true }).fill(NEW.email);
  await person.visitor.inspect('settings-account-changed');
  person.visitor.expect(400, '/user');
  await current.fill('wrong');
  await person.button('edit.save').click();
  await eventually(async () => assert.equal(await current.getAttribute('aria-invalid'), 'true'));
  await current.fill(ANA.password);
  await person.button('edit.save').click();
  await person.told('edit.done');
  await person.page.getByText(NEW.name, { exact: true }).waitFor();
  assert.equal(await current.count(), 0);
}

/** Checks that neither a link nor the browser's back button leaves unsaved changes without confirmation. */
async function leaveUnsaved(person) {
  const { page, say } = person;
  const question = page.getByRole('alertdialog', { name: say('leave.title'), exact: true });
  const name = page.getByLabel(say('person.name'), { exact: true });
  await name.fill('Somebody');
  await person.link('page.back').click();
  await person.visitor.inspect('leave');
  await person.button('leave.stay').click();
  assert.equal(await name.inputValue(), 'Somebody');
  await page.goBack();
  await question.waitFor();
  assert.match(page.url(), /\/settings\/account$/);
  await person.button('leave.action').click();
  await eventually(async () => assert.match(page.url(), /\/settings$/));
  await person.link('settings.account').click();
  await eventually(async () => assert.equal(await name.inputValue(), NEW.name));
}

async function changePassword(person) {
  const form = person.page.getByRole('form', { name: person.say('person.password'), exact: true });
  const current = form.getByLabel(person.say('person.current'), { exact: true });
  const password = form.getByLabel(person.say('person.new'), { exact: true });
  await current.fill('wrong');
  await password.fill('short');
  await person.button('password.change').click();
  await eventually(async () => assert.equal(await password.getAttribute('aria-invalid'), 'true'));
  await password.fill(NEW.password);
  person.visitor.expect(400, '/user/password');
  await person.button('password.change').click();
  await eventually(async () => assert.equal(await current.getAttribute('aria-invalid'), 'true'));
  await current.fill(ANA.password);
  await person.button('password.change').click();
  await person.told('password.done');
  assert.equal(await password.inputValue(), '');
}

async function erase(person, { name, password }) {
  await person.button('erase.action').click();
  const question = person.page.getByRole('alertdialog', { name: person.say('erase.question', { name }), exact: true });
  await person.visitor.inspect(`erase-${name}`);
  await question.getByLabel(person.say('person.current'), { exact: true }).fill(password);
  await question.getByRole('button', { name: person.say('erase.confirm'), exact: true }).click();
}
