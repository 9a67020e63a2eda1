// The client of the HTTP API: relative addresses, the session cookie, the CSRF token.

import type { Answer, FormValue, Method, Options, Path, Request } from './operations';

/** The server can't be reached. */
export class Unreachable extends Error {}

/** An answer that isn't the server's own: something in between redirected, or returned a page of its own. */
export class Intercepted extends Error {}

/** An error answer of the server, with its message in the user's language. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly reason: unknown = null,
    /** Messages by field of an invalid form. */
    readonly errors: Record<string, string[]> = {},
    /** Seconds to wait, if the server says so. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** Why the session is over. */
export type Loss = 'ended' | 'inactive' | 'proxy' | 'intercepted';

/** A request of any operation. */
interface AnyRequest extends Options {
  path?: object;
  query?: object;
  body?: unknown;
  files?: object;
}

type Arguments<M extends Method, P extends Path<M>> =
  Record<never, never> extends Request<M, P> ? [request?: Request<M, P>] : [request: Request<M, P>];

const CSRF = '/refresh-csrf' satisfies Path<'get'>;
const RETRY_DELAY = 1000;
/** compat: 2FAuth's message of the one error that comes without a reason. */
const UNTRUSTED = 'Request does not come from a trusted proxy';

let language = 'en';
let proxied = false;
let reportLoss: (why: Loss, error: Error) => void = () => {};

/** Sets the language of the server's messages. */
export function setLanguage(locale: string): void {
  language = locale;
}

/** Makes the client expect a proxy in front that signs users in. */
export function expectProxy(): void {
  proxied = true;
}

/** Sets the listener for answers that show that the session is over. */
export function onLoss(listener: typeof reportLoss): void {
  reportLoss = listener;
}

export const api = {
  get: forMethod('get'),
  post: forMethod('post'),
  put: forMethod('put'),
  patch: forMethod('patch'),
  delete: forMethod('delete'),
};

/** Returns a function that calls the operation of a path, and throws `Unreachable`, `Intercepted` or `HttpError`. */
function forMethod<M extends Method>(method: M) {
  return async <P extends Path<M>>(path: P, ...[request]: Arguments<M, P>): Promise<Answer<M, P>> =>
    (await call(method.toUpperCase(), path, request ?? {})) as Answer<M, P>;
}

async function call(method: string, path: string, request: AnyRequest): Promise<unknown> {
  const token = readCsrfToken();
  let response = await sendWithRetry(method, path, request);
  // To a stale CSRF token, the API answers 401, the rest of the server 419.
  if (response.status === 419 || (response.status === 401 && !request.guest)) {
    await send('GET', CSRF, {});
    if (readCsrfToken() !== token) response = await send(method, path, request);
  }
  if (response.ok) return readBody(response);
  const error = await toError(response);
  const why = request.guest ? null : findLoss(error);
  if (why !== null) reportLoss(why, error);
  throw error;
}

/** Sends a request, and a GET once more if it fails: a device that just woke up has its network a moment later. */
async function sendWithRetry(method: string, path: string, request: AnyRequest): Promise<Response> {
  try {
    return await send(method, path, request);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    if (proxied && (await isReachable())) return new Response(null, { status: 407 });
    if (method !== 'GET') throw error;
  }
  await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
  return send(method, path, request);
}

/** Whether the server answers at all. Browsers hide an answer of 407 from the page, as if there had been none. */
function isReachable(): Promise<boolean> {
  return send('GET', CSRF, {}).then(
    (response) => response.ok,
    () => false,
  );
}

async function send(method: string, path: string, request: AnyRequest): Promise<Response> {
  // The mark asks for 403 instead of 407: behind an auth proxy, browsers hide a 407 from the page, and they tell the
  // server nothing of themselves at most addresses without https.
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language, 'X-Sixpin-Page': '1' };
  const token = readCsrfToken();
  if (token !== null) headers['X-XSRF-TOKEN'] = token;
  if (request.body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(addressOf(path, request), {
      method,
      headers,
      body: request.files === undefined ? toJson(request.body) : toForm(request.files),
      credentials: 'same-origin',
      cache: 'no-store',
      // The server never redirects these requests: a redirect leads to the sign-in page of a proxy.
      redirect: 'manual',
      signal: request.signal ?? null,
    });
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new Unreachable('unreachable', { cause: error });
  }
  const page = path !== CSRF && response.headers.get('Content-Type')?.startsWith('text/html');
  if (response.type === 'opaqueredirect' || (page && response.status < 500)) {
    const error = new Intercepted('intercepted');
    reportLoss('intercepted', error);
    throw error;
  }
  return response;
}

/** Returns the address of a path with its parameters, below the app's root. */
function addressOf(path: string, { path: values = {}, query = {} }: AnyRequest): URL {
  const parameters = new Map(Object.entries(values));
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parameters.get(name))));
  const url = new URL(`.${filled}`, document.baseURI);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}

function toJson(body: unknown): string | null {
  return body === undefined ? null : JSON.stringify(body);
}

function toForm(fields: object): FormData {
  const data = new FormData();
  for (const [field, value] of Object.entries(fields) as [string, FormValue | undefined][]) {
    if (value === undefined) continue;
    const values = typeof value === 'string' || value instanceof Blob ? [value] : value;
    values.forEach((item, place) => {
      if (item instanceof Blob) data.append(field, item);
      else if (item !== null) data.append(values === value ? `${field}[${place}]` : field, item);
    });
  }
  return data;
}

function findLoss(error: HttpError): Loss | null {
  if (error.status === 401 && error.message === 'unauthorized') return null;
  // Behind a proxy there is no session to end: the proxy hides from the server which page sent the request.
  if (error.status === 419 && proxied) return null;
  if (error.status === 401 || error.status === 419) return 'ended';
  if (error.status === 418) return 'inactive';
  if (error.status === 407) return 'proxy';
  return error.status === 403 && isProxyReason(error.reason) ? 'proxy' : null;
}

/** Whether `reason` is a code such as `untrusted_peer`, rather than a sentence. */
function isProxyReason(reason: unknown): boolean {
  return typeof reason === 'string' && /^[a-z]+(_[a-z]+)*$/.test(reason);
}

async function readBody(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return null;
  try {
    return JSON.parse(text.replace(LARGE_COUNTER, '$1"$2"'));
  } catch {
    return text;
  }
}

/** A counter that a number of JavaScript may not hold exactly. As text it keeps every digit. */
const LARGE_COUNTER = /("counter"\s*:\s*)(\d{16,})/g;

async function toError(response: Response): Promise<HttpError> {
  const answer = await readBody(response).catch(() => null);
  const fields = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
  const untrusted = response.status === 403 && fields.message === UNTRUSTED;
  const wait = Number(response.headers.get('Retry-After') ?? NaN);
  return new HttpError(
    response.status,
    typeof fields.message === 'string' ? fields.message : '',
    fields.reason ?? fields.details ?? (untrusted ? 'untrusted_peer' : null),
    (fields.errors as Record<string, string[]> | undefined) ?? {},
    Number.isFinite(wait) ? wait : null,
  );
}

/** Reads the CSRF token of the cookie, which goes back in a header. */
function readCsrfToken(): string | null {
  const value = /(?:^|;\s*)XSRF-TOKEN=([^;]*)/.exec(document.cookie)?.[1];
  if (value === undefined) return null;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
