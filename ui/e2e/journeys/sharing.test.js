import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { BOB, Person, eventually } from '../person.js';
import { startServer, texts } from '../server.js';
import { PHONE, Visitor, closeBrowser } from '../visitor.js';

const BANK = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

after(closeBrowser);

test('a shared account is marked as such, and stays its owner’s', async (t) => {
  const url = await startServer(t);
  const ana = new Person(await Visitor.arrive(url), await texts('en'));
  await ana.becomeAdministrator();
  await ana.readPicture('example-bank.png');
  await ana.save('Example Bank');
  const bob = new Person(await Visitor.arrive(url, { device: PHONE, language: 'fr' }), await texts('fr'));
  await bob.register(BOB);

  await ask(ana, 'PUT', 'api/v1/settings/enableSharing', { value: true });
  const [{ id }] = await ask(ana, 'GET', 'api/v1/twofaccounts');
  const { id: recipient } = await ask(bob, 'GET', 'api/v1/user');
  await ask(ana, 'POST', `api/v1/twofaccounts/${id}/shares`, { user_ids: [recipient] });

  await ask(bob, 'POST', 'api/v1/twofaccounts', { uri: `otpauth://totp/Own:bob?secret=${BANK}&issuer=Own` });
  const work = await ask(bob, 'POST', 'api/v1/groups', { name: 'Work', show_in_chips: true });
  await ask(bob, 'POST', `api/v1/groups/${work.id}/assign`, { ids: [id] });

  for (const person of [ana, bob]) await person.page.reload();
  await bob.page.getByRole('button', { name: 'Work 1', exact: true }).waitFor();
  await ana.row('Example Bank').getByText(ana.say('account.shared')).waitFor();
  await ana.visitor.inspect('shared');
  const dialog = await ana.open('Example Bank');
  await dialog.getByText(ana.say('account.shared'), { exact: true }).waitFor();

  const owner = bob.say('account.borrowed', { owner: 'Ana' });
  await bob.row('Example Bank').getByText(owner).waitFor();
  await bob.visitor.inspect('borrowed');
  const borrowed = await bob.open('Example Bank');
  await borrowed.getByText(owner, { exact: true }).waitFor();
  await bob.seesCode(borrowed.getByTitle(bob.say('code.copy'), { exact: true }), BANK);
  await bob.visitor.inspect('borrowed-code');
  assert.equal(await bob.link('account.edit', { account: 'Example Bank' }).count(), 0);
  await bob.page.goto(`${url}accounts/${id}/edit`);
  await bob.page.getByText(bob.say('edit.borrowed', { owner: 'Ana' }), { exact: true }).waitFor();
  await bob.visitor.inspect('borrowed-edit');
  assert.equal(await bob.page.getByRole('textbox').count(), 0);

  // The recipient loses it once it is no longer shared.
  await ask(ana, 'DELETE', `api/v1/twofaccounts/${id}/shares`);
  await bob.link('page.back').last().click();
  await eventually(async () => assert.equal(await bob.row('Example Bank').count(), 0));
  await bob.page.getByRole('button', { name: 'Work 0', exact: true }).waitFor();
  for (const person of [ana, bob]) await person.visitor.leave();
});

/** Calls the API from a user's browser. */
async function ask(person, method, path, json) {
  const { status, text } = await person.page.evaluate(
    async ([method, path, body]) => {
      const proof = decodeURIComponent(/XSRF-TOKEN=([^;]*)/.exec(document.cookie)[1]);
      const headers = { Accept: 'application/json', 'Content-Type': 'application/json', 'X-XSRF-TOKEN': proof };
      const answer = await fetch(new URL(path, document.baseURI), { method, headers, body });
      return { status: answer.status, text: await answer.text() };
    },
    [method, path, json === undefined ? undefined : JSON.stringify(json)],
  );
  assert.ok(status >= 200 && status < 300, `${method} ${path}: ${status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}
