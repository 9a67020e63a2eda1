import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { freePort } from './server.js';

const CLIENT = { id: 'sixpin', secret: randomBytes(24).toString('hex') };

/**
 * An OpenID provider that knows `people` by their name and address, and sends them back to the app at `app`. It ends
 * with the test. Answers its origin, and what a server is told to use it.
 */
export async function startProvider(t, app, people) {
  const origin = `http://127.0.0.1:${await freePort()}`;
  const provider = new Provider(origin, configuration(app, people));
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
  return { origin, settings: { OPENID_ISSUER: origin, OPENID_CLIENT_ID: CLIENT.id, OPENID_CLIENT_SECRET: CLIENT.secret } };
}

function configuration(app, people) {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  return {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [`${app}socialite/callback/openid`],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    jwks: { keys: [{ ...key, kid: 'one', use: 'sig', alg: 'RS256' }] },
    cookies: { keys: [randomBytes(24).toString('hex')] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'nickname'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (context, { uid }) => `/interaction/${uid}` },
    findAccount: (context, id) => {
      const { name, email } = people[id];
      return { accountId: id, claims: () => ({ sub: id, email, email_verified: true, name, nickname: name }) };
    },
    // No consent is asked for.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid email profile');
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
