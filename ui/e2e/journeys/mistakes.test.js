import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startFront } from '../front.js';
import { ANA, Person } from '../person.js';
import { startServer, texts } from '../server.js';
import { Visitor, closeBrowser } from '../visitor.js';

after(closeBrowser);

test('mistakes are explained', async (t) => {
  const url = await startServer(t);
  const visitor = await Visitor.arrive(url);
  const person = new Person(visitor, await texts('en'));

  /** Waits for the one alert of the page. */
  const alerted = (text) => person.page.getByRole('alert').filter({ hasText: text }).waitFor();
  await person.becomeAdministrator();

  await t.test('a picture that is none is refused in words', async () => {
    visitor.expect(422, '/api/v1/qrcode/decode');
    visitor.expect(400, '/api/v1/qrcode/decode');
    for (const content of ['', 'no picture at all']) {
      const file = { name: 'code.png', mimeType: 'image/png', buffer: Buffer.from(content) };
      await person.page.getByLabel(person.say('add.choose'), { exact: true }).setInputFiles(file);
      await person.page.getByRole('alert').waitFor();
      assert.notEqual((await person.page.getByRole('alert').textContent()).trim(), '');
    }
  });

  await t.test('a broken address and a broken secret are refused in words', async () => {
    visitor.expect(422, '/api/v1/twofaccounts/preview');
    await person.page.getByRole('tab', { name: person.say('add.paste'), exact: true }).click();
    await person.paste('otpauth://totp/Nobody');
    await alerted('secret');
    await person.paste('this is 1 secret!');
    await alerted(person.say('add.unknownText'));
  });

  await t.test('an address of another kind and an unusable algorithm are named', async () => {
    visitor.expect(422, '/api/v1/twofaccounts/preview');
    await person.paste('phonefactor://activate_account?code=1');
    await alerted(person.say('add.otherKind'));
    await person.paste('otpauth://totp/Shop:ana?secret=MFRGGZDFMZTWQ2LK&algorithm=SHA3-256');
    await alerted('SHA3-256');
  });

  await t.test('two pasted addresses are two accounts, to be reviewed', async () => {
    const uri = (name, secret) => `otpauth://totp/${name}:ana?secret=${secret}&issuer=${name}`;
    await person.paste(`${uri('First', 'MFRGGZDFMZTWQ2LK')}\n${uri('Second', 'MFRGGZDFMZTWQ2LL')}`);
    await person.onPage('import.title');
    await person.button('import.action', { count: 2 }).click();
    await person.page.getByRole('heading', { name: person.say('import.done', { count: 2, total: 2 }) }).waitFor();
    await person.button('import.show').click();
    for (const name of ['First', 'Second']) await person.row(name).waitFor();
    await person.page.goto(`${url}add/paste`);
  });

  await t.test('a form without its essentials is not sent', async () => {
    await person.page.getByRole('tab', { name: person.say('add.form'), exact: true }).click();
    await person.field('form.secret').fill('not base32 !');
    await person.button('add.save').click();
    await person.page.getByText(person.say('form.notBase32')).waitFor();
    await person.page.getByText(person.say('field.required')).waitFor();
    // What is corrected is no longer called wrong; what isn't is, once more.
    await person.field('form.secret').fill('MFRGGZDFMZTWQ2LK');
    await person.page.getByText(person.say('form.notBase32')).waitFor({ state: 'hidden' });
    await person.button('add.save').click();
    await person.page.getByText(person.say('field.required')).waitFor();
  });

  await t.test('Enter goes on after pasting, and an account of the same names is told of', async () => {
    await person.page.getByRole('tab', { name: person.say('add.paste'), exact: true }).click();
    await person.field('add.pasteLabel').fill('otpauth://totp/First:ana?secret=MFRGGZDFMZTWQ2LK&issuer=First');
    await person.field('add.pasteLabel').press('Enter');
    await person.page.getByText(person.say('form.twin'), { exact: true }).waitFor();
    await person.field('form.account').fill('anabel');
    await person.page.getByText(person.say('form.twin'), { exact: true }).waitFor({ state: 'hidden' });
    await person.field('form.account').fill('');
    await person.field('form.service').fill('');
    await person.field('form.secret').fill('');
  });

  await t.test('copying that fails says so where the code is, which stays in its order', async () => {
    await person.page.goto(`${url}accounts`);
    await person.page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error('refused'));
      navigator.clipboard.write = () => Promise.reject(new Error('refused'));
      document.execCommand = () => false;
      document.documentElement.dir = 'rtl';
    });
    const dialog = await person.open('First');
    await dialog.getByRole('button', { name: person.say('code.copy'), exact: true }).last().click();
    const told = dialog.getByText(person.say('code.notCopied'), { exact: true });
    await told.waitFor();
    assert.equal(await told.evaluate((toast) => getComputedStyle(toast).visibility), 'visible');
    const lefts = await dialog.locator('.big .code > span').evaluateAll((pieces) => pieces.map((piece) => piece.getBoundingClientRect().left));
    assert.equal(lefts.length, 2);
    assert.deepEqual(lefts, [...lefts].sort((one, other) => one - other));
    await person.page.reload();
    await person.page.keyboard.press('Escape');
    await person.onPage('accounts.title');
  });

  await t.test('an unknown address leads back', async () => {
    await person.page.goto(`${url}no/such/place`);
    await person.onPage('missing.title');
    await visitor.inspect('missing');
    await person.page.goto(`${url}accounts/4711`);
    await person.told('error.gone');
  });

  await t.test('a wrong password is refused in words', async () => {
    visitor.expect(401, '/user/login');
    await person.signOut();
    await person.signIn({ password: 'wrong' });
    await alerted(person.say('signIn.wrong'));
    await visitor.inspect('sign-in-wrong');
    await person.signIn();
    await person.onPage('accounts.title');
  });

  await t.test('a server out of reach is told, and found again', async () => {
    visitor.expectUnreachable();
    await visitor.context.setOffline(true);
    await person.button('menu').click();
    await person.button('signOut').click();
    await person.told('error.unreachable');
    await visitor.context.setOffline(false);
    await person.signOut();
  });

  await visitor.leave();
});

test('what a proxy makes the server refuse is kept in the form, with the reason', async (t) => {
  const settings = { AUTHENTICATION_GUARD: 'reverse-proxy-guard', TRUSTED_PROXIES: '127.0.0.1', AUTH_PROXY_HEADER_FOR_USER: 'Remote-User' };
  const front = await startFront(t, await startServer(t, { settings }));
  const visitor = await Visitor.arrive(`${front}add/form`, { headers: { 'Remote-User': ANA.name } });
  const person = new Person(visitor, await texts('en'));
  visitor.expect(419, '/api/v1/twofaccounts');
  await person.field('form.service').fill('Kept');
  await person.field('form.account').fill('ana');
  await person.field('form.secret').fill('MFRGGZDFMZTWQ2LK');
  await person.button('add.save').click();
  await person.page.getByRole('alert').filter({ hasText: person.say('error.ownPage') }).waitFor();
  assert.equal(await person.field('form.service').inputValue(), 'Kept');
  assert.equal(await person.field('form.secret').inputValue(), 'MFRGGZDFMZTWQ2LK');
  await visitor.leave();
});
