import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ANA, Person, eventually } from '../person.js';
import { startServer, texts } from '../server.js';
import { DESKTOP, PHONE, SMALL_PHONE, Visitor, closeBrowser } from '../visitor.js';

const BANK = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const FORGE = 'JBSWY3DPEHPK3PXP';
// The first codes of RFC 4226, appendix D, whose secret is the bank's.
const COUNTED = ['755224', '287082'];

after(closeBrowser);

const VISITS = [
  { name: 'on a desktop, in English', device: DESKTOP, language: 'en', theme: 'light' },
  { name: 'on a phone, in French, in the dark', device: PHONE, language: 'fr', theme: 'dark' },
  { name: 'on the smallest phone', device: SMALL_PHONE, language: 'en', theme: 'light' },
];

for (const visit of VISITS) {
  test(`the first day with Sixpin ${visit.name}`, async (t) => {
    const visitor = await Visitor.arrive(await startServer(t), visit);
    const person = new Person(visitor, await texts(visit.language));
    try {
      await firstRun(person);
      await addFromPicture(person);
      await addByPaste(person);
      await addByHand(person);
      await lookAtCode(person);
      await search(person);
      await edit(person);
      await group(person);
      await settings(person);
      await remove(person);
      await comeBack(person);
      await visitor.leave();
    } catch (error) {
      await visitor.picture('failure');
      error.message += ` (at ${visitor.page.url()}; ${visitor.complaints.join('; ') || 'no complaints'})`;
      throw error;
    }
  });
}

async function firstRun(person) {
  await person.onPage('setup.title');
  await person.visitor.inspect('setup');
  // An empty form shows an error at every field, and sends nothing.
  await person.button('setup.action').click();
  assert.equal(await person.page.getByText(person.say('field.required')).count(), 1);
  await person.becomeAdministrator();
  await person.visitor.inspect('add');
}

async function addFromPicture(person) {
  await person.readPicture('example-bank.png');
  await eventually(async () => assert.equal(await person.field('form.service').inputValue(), 'Example Bank'));
  assert.equal(await person.field('form.account').inputValue(), 'ana@example.org');
  await person.seesCode(person.page.getByRole('region', { name: person.say('form.live') }).getByRole('paragraph').first(), BANK);
  await person.visitor.inspect('add-form');
  await person.save('Example Bank');
}

async function addByPaste(person) {
  await person.startAdding('add.paste');
  await person.visitor.inspect('add-paste');
  await person.paste(`otpauth://totp/Forge:ana?secret=${FORGE}&issuer=Forge`);
  await person.save('Forge');
}

async function addByHand(person) {
  const { page, say } = person;
  await person.startAdding('add.form');
  await person.field('form.service').fill('Tokens');
  await person.field('form.account').fill('ana');
  await person.field('form.secret').fill(BANK.toLowerCase().replace(/(.{4})/g, '$1 '));
  await page.getByText(say('form.more'), { exact: true }).click();
  await page.getByRole('radio', { name: say('form.hotp'), exact: true }).check();
  await person.save('Tokens');

  const dialog = await person.open('Tokens');
  for (const code of COUNTED) {
    await person.button('code.generate').click();
    await dialog.getByRole('button', { name: [...code].join(' '), exact: true }).waitFor();
  }
  await person.visitor.inspect('code-by-counter');
  await page.keyboard.press('Escape');
}

async function lookAtCode(person) {
  const { page, say } = person;
  await person.visitor.inspect('accounts');
  const dialog = await person.open('Example Bank');
  const code = dialog.getByTitle(say('code.copy'), { exact: true });
  await person.seesCode(code, BANK);
  const timer = dialog.getByRole('timer');
  const left = Number(await timer.textContent());
  assert.ok(left >= 1 && left <= 30, `${left} seconds left`);
  await eventually(async () => assert.notEqual(Number(await timer.textContent()), left));
  await person.visitor.inspect('code');
  await page.evaluate(() => navigator.clipboard.writeText('nothing'));
  await code.click();
  await person.holdsCode(BANK);
  await person.button('close').click();
  await dialog.waitFor({ state: 'detached' });
}

async function search(person) {
  const field = person.page.getByRole('textbox', { name: person.say('search.label'), exact: true });
  await field.fill('forg');
  await eventually(async () => assert.equal(await person.rows().count(), 1));
  await person.visitor.inspect('search');
  await field.press('Enter');
  await person.holdsCode(FORGE);
  await field.fill('nowhere');
  await person.page.getByRole('heading', { name: person.say('search.none'), exact: true }).waitFor();
  await person.visitor.inspect('search-none');
  await field.press('Escape');
  await eventually(async () => assert.equal(await person.rows().count(), 3));
}

async function edit(person) {
  const { page, say } = person;
  await person.edit('Forge');
  await person.visitor.inspect('edit');
  await person.button('qr.show').click();
  const image = page.getByRole('img', { name: say('qr.alt', { account: 'Forge' }), exact: true });
  await eventually(async () => assert.ok((await image.evaluate((element) => element.naturalWidth)) > 0));
  await person.visitor.inspect('qr');
  await page.keyboard.press('Escape');
  await person.field('form.service').fill('Code Forge');
  await person.saveChanges();
  await person.row('Code Forge').waitFor();
}

async function group(person) {
  const { page, say } = person;
  await person.button('menu').click();
  await person.visitor.inspect('menu');
  await person.link('groups.title').click();
  await person.onPage('groups.title');
  await person.field('group.new').fill('Money');
  await person.button('group.create').click();
  await page.getByRole('list', { name: say('groups.title'), exact: true }).getByText('Money', { exact: true }).waitFor();
  await person.visitor.inspect('groups');
  await person.link('page.back').click();

  await person.edit('Example Bank');
  await person.field('group').selectOption({ label: 'Money' });
  await person.saveChanges();
  const chips = page.getByRole('group', { name: say('groups.title'), exact: true });
  await chips.getByRole('button', { name: /^Money/ }).click();
  await eventually(async () => assert.equal(await person.rows().count(), 1));
  await person.row('Example Bank').waitFor();
  await person.visitor.inspect('group');
  await chips.getByRole('button', { name: new RegExp(`^${say('group.all')}`) }).click();
  await eventually(async () => assert.equal(await person.rows().count(), 3));
}

/** Checks codes in the list, instead of one at a time. */
async function settings(person) {
  const { page, say } = person;
  await person.button('menu').click();
  await person.link('settings.title').click();
  await person.onPage('settings.title');
  await page.getByRole('switch', { name: say('settings.always'), exact: true }).check();
  await person.visitor.inspect('settings-options');
  await person.link('page.back').click();
  const code = person.rows().filter({ hasText: 'Code Forge' }).getByRole('button');
  await person.seesCode(code, FORGE);
  await person.visitor.inspect('accounts-with-codes');
}

async function remove(person) {
  const { page, say } = person;
  await person.edit('Tokens');
  await person.button('delete.action').click();
  const question = page.getByRole('alertdialog', { name: say('delete.title', { account: 'Tokens' }), exact: true });
  await person.visitor.inspect('delete');
  await question.getByRole('button', { name: say('delete.action'), exact: true }).click();
  await person.told('delete.done', { account: 'Tokens' });
  await eventually(async () => assert.equal(await person.rows().count(), 2));
}

async function comeBack(person) {
  await person.signOut();
  await person.visitor.inspect('sign-in');
  assert.equal(await person.page.getByText('Example Bank').count(), 0);
  await person.signIn();
  await person.row('Example Bank').waitFor();
  await person.page.reload();
  await person.row('Example Bank').waitFor();
  assert.ok(!(await person.page.content()).includes(ANA.password));
}
