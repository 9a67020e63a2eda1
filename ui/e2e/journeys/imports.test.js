import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Person } from '../person.js';
import { startServer, texts } from '../server.js';
import { DESKTOP, PHONE, Visitor, closeBrowser } from '../visitor.js';

after(closeBrowser);

const EXPORTS = join(import.meta.dirname, '../../../crates/imports/tests/data');

/** Returns an export, and what is expected of it. */
async function exported(path) {
  const expected = JSON.parse(await readFile(join(EXPORTS, `${path}.expected.json`), 'utf8'));
  return { path: join(EXPORTS, path), name: path.split('/').at(-1), ...expected };
}

/** Returns a list of addresses of accounts. */
function list(...names) {
  const uris = names.map((name) => `otpauth://totp/${name}:ana?secret=MFRGGZDFMZTWQ2LK&issuer=${name}`);
  return { name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from(uris.join('\n')) };
}

for (const [title, device] of [
  ['desktop', DESKTOP],
  ['phone', PHONE],
]) {
  test(`accounts are brought along, on a ${title}`, async (t) => {
    const url = await startServer(t);
    const visitor = await Visitor.arrive(url, { device, theme: title === 'phone' ? 'dark' : 'light' });
    const person = new Person(visitor, await texts('en'));
    const vault = await exported('aegis/encrypted.json');
    const total = vault.accounts.length + vault.rejects.length + 2;
    const chooser = () => person.page.locator('#files');
    const done = (count, total) => person.page.getByRole('heading', { name: person.say('import.done', { count, total }), exact: true }).waitFor();
    await person.becomeAdministrator();

    await t.test('the page is reached from where accounts are added', async () => {
      await person.link('add.toImport').click();
      await person.onPage('import.title');
      await visitor.inspect('import');
    });

    await t.test('an encrypted file asks for its password, and says when it is wrong', async () => {
      await chooser().setInputFiles(vault.path);
      await person.field('import.password').fill('wrong');
      await person.button('import.open').click();
      await person.page.getByText(person.say('import.wrongPassword')).waitFor();
      await person.field('import.password').fill(vault.password);
      await person.button('import.open').click();
      await person.button('import.action', { count: vault.accounts.length }).waitFor();
    });

    await t.test('a code of the old app finds its account', async () => {
      const row = person.page.getByRole('list', { name: person.say('import.review') }).getByRole('listitem').first();
      const code = (await row.locator('.code').first().textContent()).trim();
      await person.field('import.compare').fill(code);
      await person.page.getByRole('status').filter({ hasText: person.say('import.match', { accounts: '' }).trim() }).waitFor();
      await person.field('import.compare').fill('00000');
      await person.page.getByText(person.say('import.noMatch')).waitFor();
      await person.field('import.compare').fill('');
      await visitor.inspect('import-review');
    });

    await t.test('a second file joins, and what is not wanted is left out', async () => {
      await chooser().setInputFiles(list('Added', 'Unwanted'));
      await person.button('import.action', { count: vault.accounts.length + 2 }).waitFor();
      await person.page.getByRole('checkbox', { name: /Unwanted/ }).uncheck();
      await person.button('import.action', { count: vault.accounts.length + 1 }).click();
      await done(vault.accounts.length + 1, total);
      await visitor.inspect('import-done');
    });

    await t.test('the import is undone as one, and done again', async () => {
      await person.button('import.undo').click();
      await person.told('import.undone', { count: vault.accounts.length + 1 });
      await person.button('import.action', { count: vault.accounts.length + 1 }).click();
      await done(vault.accounts.length + 1, total);
      await person.button('import.show').click();
      await person.row('Added').waitFor();
    });

    await t.test('what is there already is said, and a file of no kind too', async () => {
      await person.page.goto(`${url}import`);
      await chooser().setInputFiles([list('Added', 'Unwanted'), { name: 'photo.bin', mimeType: 'application/octet-stream', buffer: Buffer.from('nothing') }]);
      await person.page.getByText(person.say('import.problem.unknownFormat')).waitFor();
      await person.button('import.is.duplicate', { count: 1 }).click();
      assert.equal(await person.page.getByRole('checkbox', { name: /Added/ }).isDisabled(), true);
      await person.page.getByRole('button', { name: 'Import 1 account', exact: true }).click();
      await person.page.getByRole('heading', { name: '1 of 2 was imported' }).waitFor();
    });
    await visitor.leave();
  });
}
