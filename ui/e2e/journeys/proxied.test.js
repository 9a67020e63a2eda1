import { after, test } from 'node:test';
import { Person } from '../person.js';
import { startServer, texts } from '../server.js';
import { DESKTOP, PHONE, Visitor, closeBrowser } from '../visitor.js';

// The second name begins with a Cyrillic letter.
const [NAME, LOOKALIKE] = ['admin', '\u0430dmin'];

after(closeBrowser);

test('an administrator sees how the proxy signs users in', async (t) => {
  const settings = {
    AUTHENTICATION_GUARD: 'reverse-proxy-guard',
    TRUSTED_PROXIES: '127.0.0.1, 172.16.0.0/12',
    AUTH_PROXY_HEADER_FOR_USER: 'HTTP_REMOTE_USER',
  };
  const url = await startServer(t, { settings });
  for (const name of [NAME, LOOKALIKE]) await ask(url, { 'Remote-User': Buffer.from(name).toString('latin1') });
  await ask(url, { 'X-Forwarded-User': NAME });
  await ask(url, { REMOTE_USER: NAME });
  for (const [device, language] of [[DESKTOP, 'en'], [PHONE, 'fr']]) {
    const visitor = await Visitor.arrive(`${url}admin/proxy`, { device, language, headers: { 'Remote-User': NAME } });
    const person = new Person(visitor, await texts(language));
    const sees = (key, values) => person.page.getByText(person.say(key, values)).first().waitFor();
    await sees('proxied.trapNetworkTrusted', { subject: '172.16.0.0/12' });
    await sees('proxied.headerMissing');
    await sees('proxied.headerAlias');
    await sees('proxied.alike', { names: LOOKALIKE });
    await visitor.inspect('admin-proxy');
    await person.page.evaluate(() => scrollTo(0, 1100));
    await visitor.picture('admin-proxy-below');
    await person.page.goto(`${url}admin/users`);
    await sees('proxied.alike', { names: LOOKALIKE });
    await visitor.inspect('admin-users-lookalike');
    await visitor.leave();
  }
});

test('without a proxy, the report says so', async (t) => {
  const url = await startServer(t);
  const visitor = await Visitor.arrive(url);
  const person = new Person(visitor, await texts('en'));
  await person.becomeAdministrator();
  await person.page.goto(`${url}admin/proxy`);
  await person.page.getByText(person.say('proxied.local')).waitFor();
  await visitor.inspect('admin-proxy-none');
  await visitor.leave();
});

const ask = (url, headers) => fetch(`${url}api/v1/user`, { headers: { Accept: 'application/json', ...headers } });
