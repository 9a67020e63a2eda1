import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ANA, BOB, Person } from '../person.js';
import { startProvider } from '../provider.js';
import { startServer, texts } from '../server.js';
import { Visitor, closeBrowser } from '../visitor.js';

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

after(closeBrowser);

test('behind nginx, under a path of a host', async (t) => {
  const { SUBPATH_LISTEN: listen, SUBPATH_URL: url } = process.env;
  await startServer(t, { listen, settings: { TRUSTED_PROXIES: '127.0.0.1' } });
  const visitor = await Visitor.arrive(url);
  const person = new Person(visitor, await texts('en'));
  await person.becomeAdministrator();
  await person.readPicture('example-bank.png');
  await person.save('Example Bank');
  const dialog = await person.open('Example Bank');
  await person.seesCode(dialog.getByTitle(person.say('code.copy'), { exact: true }), SECRET);
  // Open the address of the dialog directly.
  await person.page.reload();
  await person.seesCode(dialog.getByTitle(person.say('code.copy'), { exact: true }), SECRET);
  await person.button('close').click();
  await person.signOut();
  await visitor.leave();
});

test('behind nginx, which signs users in', async (t) => {
  const { PROXY_LISTEN: listen, PROXY_URL: url } = process.env;
  const settings = { AUTHENTICATION_GUARD: 'reverse-proxy-guard', TRUSTED_PROXIES: '127.0.0.1' };
  const direct = await startServer(t, { listen, settings });
  const visitor = await Visitor.arrive(url, { credentials: { username: 'alice', password: 'wonderland' } });
  const person = new Person(visitor, await texts('en'));
  await person.onPage('accounts.title');
  await person.link('accounts.addFirst').click();
  await person.readPicture('example-bank.png');
  await person.save('Example Bank');
  await person.button('menu').click();
  await person.page.getByText('alice', { exact: true }).waitFor();
  await person.button('menu').click();
  // Sixpin doesn't change what the proxy manages.
  await person.openSettings('settings.account');
  await person.page.getByText(person.say('proxy.account'), { exact: true }).waitFor();
  await visitor.inspect('settings-account-behind-proxy');
  await person.link('settings.tokens').click();
  await person.page.getByText(person.say('proxy.tokens'), { exact: true }).waitFor();
  await visitor.inspect('settings-tokens-behind-proxy');
  assert.equal(await person.page.getByRole('textbox').count(), 0);
  await visitor.leave();

  // Around the proxy there is no identity, not even with the header.
  const stranger = await Visitor.arrive(direct, { headers: { 'Remote-User': ANA.name } });
  stranger.expect(403, '/api/v1/user');
  const outside = new Person(stranger, await texts('en'));
  await outside.page.getByRole('heading', { name: outside.say('proxy.title'), exact: true }).waitFor();
  await outside.page.getByText(outside.say('proxy.headerAlias'), { exact: true }).waitFor();
  await stranger.inspect('refused');
  await stranger.leave();
});

test('behind Apache, which signs users in at an OpenID provider', async (t) => {
  const { OPENIDC_LISTEN: listen, OPENIDC_URL: url, OPENIDC_PROVIDER: origin } = process.env;
  const { OPENIDC_CLIENT_SECRET: secret, OPENIDC_PROOF: proof } = process.env;
  const given = { origin, secret, callback: `${url}oidc/callback`, method: 'client_secret_basic' };
  const provider = await startProvider(t, url, { ana: { ...ANA, groups: ['staff', 'admins'] }, bob: BOB }, given);
  const settings = {
    APP_URL: url,
    AUTHENTICATION_GUARD: 'reverse-proxy-guard',
    AUTH_PROXY_ADMIN_GROUPS: 'admins',
    AUTH_PROXY_PRESET: 'mod-auth-openidc',
    AUTH_PROXY_SECRET: proof,
    TRUSTED_PROXIES: '127.0.0.1',
  };
  await startServer(t, { listen, settings });
  for (const [id, { name, email }, isAdministrator] of [
    ['bob', BOB, false],
    ['ana', ANA, true],
  ]) {
    const visitor = await Visitor.arrive(url, { origins: [provider.origin] });
    await visitor.page.getByRole('button', { name: `I am ${id}`, exact: true }).click();
    const person = new Person(visitor, await texts('en'));
    await person.onPage('accounts.title');
    // The module takes away what a client says about itself.
    const headers = { OIDC_CLAIM_sub: 'eve', OIDC_CLAIM_preferred_username: 'eve', OIDC_CLAIM_groups: 'admins' };
    const user = await person.page.evaluate(async (headers) => {
      const answer = await fetch('api/v1/user', { headers });
      return answer.json();
    }, headers);
    assert.deepEqual([user.name, user.email, user.is_admin], [name, email, isAdministrator]);
    await visitor.leave();
  }
});
