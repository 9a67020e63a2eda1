import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

type Answer = { status?: number; json?: unknown; html?: string; headers?: Record<string, string>; cookie?: string } | 'lost';

/** Returns a fresh client of a server that gives these answers in turn. */
async function client(...answers: Answer[]) {
  vi.resetModules();
  const asked: { method: string; path: string; headers: Record<string, string>; body: unknown }[] = [];
  vi.stubGlobal('fetch', async (url: URL, init: RequestInit) => {
    asked.push({
      method: init.method ?? '',
      path: url.pathname + url.search,
      headers: init.headers as Record<string, string>,
      body: init.body,
    });
    const answer = answers.shift();
    if (answer === undefined) throw new Error(`nobody answers ${url.pathname}`);
    if (answer === 'lost') throw new TypeError('network');
    if (answer.cookie !== undefined) document.cookie = `XSRF-TOKEN=${answer.cookie}`;
    const status = answer.status ?? 200;
    const body = answer.html ?? (answer.json === undefined ? null : JSON.stringify(answer.json));
    const type = answer.html === undefined ? 'application/json' : 'text/html';
    return new Response(status === 204 ? null : body, { status, headers: { 'Content-Type': type, ...answer.headers } });
  });
  const module = await import('../src/lib/api');
  const losses: string[] = [];
  module.onLoss((why) => losses.push(why));
  return { ...module, asked, losses };
}

beforeEach(() => {
  document.head.innerHTML = '<base href="http://localhost:3000/sub/">';
  document.cookie = 'XSRF-TOKEN=first%3D';
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 500 });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const CREDENTIALS = { email: 'ana@example.org', password: 'secret' };
const CSRF_REFRESHED: Answer = { html: 'token', cookie: 'second' };

describe('a request', () => {
  test('has an address below the app’s root, the decoded CSRF token and the language', async () => {
    const { api, asked, setLanguage } = await client({ json: { id: 1 } });
    setLanguage('fr');
    expect(await api.get('/api/v1/user')).toEqual({ id: 1 });
    expect(asked).toEqual([
      {
        method: 'GET',
        path: '/sub/api/v1/user',
        headers: { Accept: 'application/json', 'Accept-Language': 'fr', 'X-Sixpin-Page': '1', 'X-XSRF-TOKEN': 'first=' },
        body: null,
      },
    ]);
  });

  test('fills its path, sends JSON, and takes an empty answer', async () => {
    const { api, asked } = await client({ status: 204 });
    expect(await api.put('/api/v1/settings/{name}', { path: { name: 'a/b' }, body: { value: 1 } })).toBeNull();
    expect(asked[0]?.path).toBe('/sub/api/v1/settings/a%2Fb');
    expect(asked[0]?.headers['Content-Type']).toBe('application/json');
    expect(asked[0]?.body).toBe('{"value":1}');
  });

  test('carries its query', async () => {
    const { api, asked } = await client({ json: [] });
    await api.get('/api/v1/twofaccounts', { query: { ids: '1,2', withOtp: 1 } });
    expect(asked[0]?.path).toBe('/sub/api/v1/twofaccounts?ids=1%2C2&withOtp=1');
  });

  test('sends files as a form', async () => {
    const { api, asked } = await client({ json: { data: 'text' } });
    await api.post('/api/v1/qrcode/decode', { files: { qrcode: new Blob(['picture']) } });
    expect(asked[0]?.headers).not.toHaveProperty('Content-Type');
    expect([...(asked[0]?.body as FormData).keys()]).toEqual(['qrcode']);
  });
});

describe('a stale CSRF token', () => {
  test('is renewed once after 419', async () => {
    const { api, asked, losses } = await client({ status: 419, json: {} }, CSRF_REFRESHED, { json: { message: 'done' } });
    expect(await api.post('/system/test-email')).toEqual({ message: 'done' });
    expect(asked.map(({ path }) => path)).toEqual(['/sub/system/test-email', '/sub/refresh-csrf', '/sub/system/test-email']);
    expect(asked[2]?.headers['X-XSRF-TOKEN']).toBe('second');
    expect(losses).toEqual([]);
  });

  test('is renewed once after the 401 of the API', async () => {
    const { api, losses } = await client({ status: 401, json: {} }, CSRF_REFRESHED, { json: [] });
    expect(await api.get('/api/v1/groups')).toEqual([]);
    expect(losses).toEqual([]);
  });

  test('is not retried if it was current: the session has ended', async () => {
    const unchanged: Answer = { html: 'token', cookie: 'first%3D' };
    const { api, asked, losses } = await client({ status: 401, json: { message: 'Unauthenticated.' } }, unchanged);
    await expect(api.get('/api/v1/groups')).rejects.toMatchObject({ status: 401 });
    expect(asked).toHaveLength(2);
    expect(losses).toEqual(['ended']);
  });

  test('that is refused again ends the session', async () => {
    const refused: Answer = { status: 401, json: { message: 'Unauthenticated.' } };
    const { api, losses } = await client(refused, CSRF_REFRESHED, refused);
    await expect(api.get('/api/v1/groups')).rejects.toMatchObject({ status: 401 });
    expect(losses).toEqual(['ended']);
  });
});

describe('an error answer', () => {
  test('to a guest ends no session', async () => {
    const { api, asked, losses } = await client({ status: 401, json: { message: 'unauthorized' } });
    await expect(api.post('/user/login', { body: CREDENTIALS, guest: true })).rejects.toMatchObject({ status: 401, message: 'unauthorized' });
    expect(asked).toHaveLength(1);
    expect(losses).toEqual([]);
  });

  test('carries the messages of its fields, and the seconds to wait', async () => {
    const errors = { name: ['Too long.'] };
    const { api } = await client(
      { status: 422, json: { message: 'Too long.', errors } },
      { status: 429, json: {}, headers: { 'Retry-After': '42' } },
    );
    await expect(api.post('/api/v1/groups', { body: { name: 'Work' } })).rejects.toMatchObject({ status: 422, errors });
    await expect(api.post('/user/login', { body: CREDENTIALS, guest: true })).rejects.toMatchObject({ status: 429, retryAfter: 42 });
  });

  test.each([
    [418, { message: 'inactivity detected' }, ['inactive']],
    [407, { message: 'Unauthenticated.', reason: 'header_missing' }, ['proxy']],
    [403, { message: 'Request does not come from a trusted proxy', reason: 'untrusted_peer' }, ['proxy']],
    [403, { message: 'Request does not come from a trusted proxy' }, ['proxy']],
    [403, { message: 'forbidden', reason: 'This action is unauthorized.' }, []],
    [404, { message: 'not found' }, []],
    [500, { message: 'Server Error' }, []],
  ])('with %i %j loses %j', async (status, json, losses) => {
    const server = await client({ status, json });
    await expect(server.api.get('/api/v1/groups')).rejects.toMatchObject({ status });
    expect(server.losses).toEqual(losses);
  });

  test('without a body is an error too', async () => {
    const { api } = await client({ status: 404 });
    await expect(api.get('/api/v1/groups')).rejects.toMatchObject({ status: 404, message: '' });
  });
});

describe('an unreachable server', () => {
  test('is asked once more if the request changes nothing', async () => {
    const { api, asked } = await client('lost', { json: 1 });
    expect(await api.get('/api/v1/groups')).toBe(1);
    expect(asked).toHaveLength(2);
  });

  test('is reported', async () => {
    const { api, Unreachable } = await client('lost', 'lost');
    await expect(api.get('/api/v1/groups')).rejects.toBeInstanceOf(Unreachable);
  });

  test('never gets a change twice', async () => {
    const { api, asked, Unreachable } = await client('lost');
    await expect(api.post('/api/v1/groups', { body: { name: 'Work' } })).rejects.toBeInstanceOf(Unreachable);
    expect(asked).toHaveLength(1);
  });

  test('behind a proxy that changes the host fails, and the page stays', async () => {
    const { api, expectProxy, losses } = await client({ status: 419, json: {} }, { html: 'token' });
    expectProxy();
    await expect(api.post('/api/v1/groups', { body: { name: 'Work' } })).rejects.toMatchObject({ status: 419 });
    expect(losses).toEqual([]);
  });

  test('behind a proxy whose 407 is hidden is a refused identity', async () => {
    const { api, expectProxy, losses } = await client('lost', { html: 'token' });
    expectProxy();
    await expect(api.get('/api/v1/user')).rejects.toMatchObject({ status: 407 });
    expect(losses).toEqual(['proxy']);
  });
});

test('an HTML page in place of an answer is taken for a proxy’s sign-in page', async () => {
  const { api, Intercepted, losses } = await client({ html: '<h1>Sign in</h1>' });
  await expect(api.get('/api/v1/groups')).rejects.toBeInstanceOf(Intercepted);
  expect(losses).toEqual(['intercepted']);
});
