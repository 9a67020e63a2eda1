import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { freePort } from './server.js';

const ID = 'sixpin';

/**
 * An OpenID provider that knows `people` by their name and address, and sends them back to `callback`, by default that
 * of the app at `app`. It ends with the test. Answers its origin, and what a server is told to use it.
 */
export async function startProvider(t, app, people, given = {}) {
  const { origin, callback, secret } = {
    origin: given.origin ?? `http://127.0.0.1:${await freePort()}`,
    callback: given.callback ?? `${app}socialite/callback/openid`,
    secret: given.secret ?? randomBytes(24).toString('hex'),
  };
  const provider = new Provider(origin, configuration({ callback, secret, method: given.method }, people));
  const answer = provider.callback();
  const server = createServer((request, response) => {
    const isQuestion = request.url.startsWith('/interaction/');
    Promise.resolve(isQuestion ? ask(provider, people, request, response) : answer(request, response)).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });
  server.listen(Number(new URL(origin).port), '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { origin, settings: { OPENID_ISSUER: origin, OPENID_CLIENT_ID: ID, OPENID_CLIENT_SECRET: secret } };
}

function configuration({ callback, secret, method = 'client_secret_post' }, people) {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  return {
    clients: [
      {
        client_id: ID,
        client_secret: secret,
        redirect_uris: [callback],
        token_endpoint_auth_method: method,
      },
    ],
    jwks: { keys: [{ ...key, kid: 'one', use: 'sig', alg: 'RS256' }] },
    cookies: { keys: [randomBytes(24).toString('hex')] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'], profile: ['name', 'nickname', 'preferred_username'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (context, { uid }) => `/interaction/${uid}` },
    findAccount: (context, id) => {
      const { name, email, groups = [] } = people[id];
      const names = { name, nickname: name, preferred_username: name };
      return { accountId: id, claims: () => ({ sub: id, email, email_verified: true, groups, ...names }) };
    },
    // No consent is asked for.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid email profile groups');
      await grant.save();
      return grant;
    },
  };
}

/** The sign-in page of the provider. */
async function ask(provider, people, request, response) {
  if (request.method === 'GET') {
    const choices = Object.keys(people).map((id) => `<button name="who" value="${id}">I am ${id}</button>`);
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.end(`<title>Provider</title><link rel="icon" href="data:,"><form method="post">${choices.join('')}<button name="who" value="">Cancel</button></form>`);
    return;
  }
  let body = '';
  for await (const part of request) body += part;
  const who = new URLSearchParams(body).get('who');
  const result = who === '' ? { error: 'access_denied' } : { login: { accountId: who } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}
