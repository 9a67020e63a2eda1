import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { URI } from 'otpauth';
import { Person } from '../person.js';
import { startServer, texts } from '../server.js';
import { DESKTOP, PHONE, Visitor, closeBrowser } from '../visitor.js';

after(closeBrowser);

const SECRET = 'MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK';
const ACCOUNTS = [
  `otpauth://totp/Alpha:ana?secret=${SECRET}&issuer=Alpha`,
  `otpauth://totp/Slow:ana?secret=${SECRET}&issuer=Slow&period=90`,
  `otpauth://totp/Steam:ana?secret=${SECRET}&issuer=Steam&encoder=steam`,
];

for (const [title, device] of [
  ['desktop', DESKTOP],
  ['phone', PHONE],
]) {
  test(`accounts are taken away, on a ${title}`, async (t) => {
    const url = await startServer(t);
    const visitor = await Visitor.arrive(url, { device, theme: title === 'phone' ? 'dark' : 'light' });
    const person = new Person(visitor, await texts('en'));
    const form = (name) => person.page.getByRole('radio', { name: person.say(`export.form.${name}`) }).first().check();
    const done = (count, total) => person.page.getByRole('heading', { name: person.say('export.done', { count, total }), exact: true }).waitFor();
    const saved = async () => {
      const [download] = await Promise.all([person.page.waitForEvent('download'), person.button('export.save').click()]);
      return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
    };
    await person.becomeAdministrator();
    await person.link('add.toImport').click();
    await person.page.locator('#files').setInputFiles({ name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from(ACCOUNTS.join('\n')) });
    await person.button('import.action', { count: 3 }).click();
    await person.button('import.show').click();
    await person.onPage('accounts.title');
    let own;
    let codes;

    await t.test('a file of everything is encrypted with a password, which is asked for twice', async () => {
      await person.button('menu').click();
      await person.link('menu.export').click();
      await person.onPage('export.title');
      await visitor.inspect('export');
      await person.button('export.action', { count: 3 }).click();
      await person.page.getByText(person.say('field.required'), { exact: true }).waitFor();
      await person.field('export.password').fill('correct horse');
      await person.field('export.again').fill('correct hose');
      await person.button('export.action', { count: 3 }).click();
      await person.page.getByText(person.say('export.differs'), { exact: true }).waitFor();
      await person.field('export.again').fill('correct horse');
      await person.button('export.action', { count: 3 }).click();
      await done(3, 3);
      await visitor.inspect('export-done');
      own = await saved();
      assert.match(own.name, /^sixpin-\d{4}-\d\d-\d\d\.json$/);
      assert.ok(!own.text.includes(SECRET) && !own.text.includes('Alpha'));
    });

    await t.test('QR codes are shown, and what they cannot say is named', async () => {
      await person.button('export.again.file').click();
      await form('google');
      await person.button('export.action', { count: 3 }).click();
      await done(1, 3);
      const figure = person.page.getByRole('figure', { name: person.say('export.code', { number: 1, total: 1 }) });
      await figure.getByText('Alpha, ana', { exact: true }).waitFor();
      codes = await figure.locator('img').screenshot();
      for (const why of ['period', 'kind']) await person.page.getByText(person.say(`export.why.${why}`), { exact: true }).waitFor();
      await visitor.inspect('export-codes');
    });

    await t.test('some accounts leave alone, with what readers get wrong', async () => {
      await person.button('export.again.file').click();
      await form('uris');
      await person.page.getByText(person.say('export.chosen', { count: 3, total: 3 }), { exact: true }).click();
      await person.field('export.filter').fill('alp');
      await person.page.getByRole('checkbox', { name: 'Alpha' }).uncheck();
      await person.button('export.action', { count: 2 }).click();
      await done(2, 2);
      await person.page.getByText(person.say('export.note.keepassxcPeriod', { accounts: 'Slow, ana' }), { exact: true }).waitFor();
      const { name, text } = await saved();
      assert.match(name, /^uris-.*\.txt$/);
      assert.equal(text.trim().split('\n').length, 2);
      assert.ok(!text.includes('Alpha'));
      // Another program makes the same code.
      const [slow] = text.split('\n').map((uri) => URI.parse(uri || ACCOUNTS[0]));
      assert.equal(slow.issuer, 'Slow');
      const shown = await person.page.evaluate(async () => {
        const cookie = document.cookie.match(/XSRF-TOKEN=([^;]+)/)[1];
        const answer = await fetch('/api/v1/twofaccounts?withOtp=1', { headers: { Accept: 'application/json', 'X-XSRF-TOKEN': cookie } });
        return answer.json();
      });
      const { otp } = shown.find(({ service }) => service === 'Slow');
      assert.equal(slow.generate({ timestamp: otp.generated_at * 1000 }), otp.password);
    });

    await t.test('the file of everything is known when it comes back', async () => {
      await person.page.goto(`${url}import`);
      await person.page.locator('#files').setInputFiles({ name: own.name, mimeType: 'application/json', buffer: Buffer.from(own.text) });
      await person.field('import.password').fill('correct horse');
      await person.button('import.open').click();
      await person.page.getByRole('button', { name: person.say('import.is.duplicate', { count: 3 }), exact: true }).waitFor();
    });

    await t.test('so is a photo of the QR codes', async () => {
      await person.page.goto(`${url}import`);
      await person.page.locator('#files').setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: codes });
      await person.page.getByRole('button', { name: person.say('import.is.duplicate', { count: 1 }), exact: true }).waitFor();
    });
    await visitor.leave();
  });
}
