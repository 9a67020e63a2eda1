// The client of the HTTP API: relative addresses, the session cookie, the CSRF token.

import type { Answer, Method, Options, Path, Request } from './operations';

/** The server could not be reached, or did not answer in time. */
export class Unreachable extends Error {}

/** An answer that is not the server's own: something in between redirected, or put a page in its place. */
export class Intercepted extends Error {}

/** The server refused; `message` is what it said, in the reader's language. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly reason: unknown = null,
    /** Messages by field, of a refused form. */
    readonly errors: Record<string, string[]> = {},
    /** Seconds to wait, when the server said so. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** Why nothing more can be asked in this session. */
export type Loss = 'ended' | 'inactive' | 'proxy' | 'intercepted';

/** A request of any operation. */
interface AnyRequest extends Options {
  path?: object;
  query?: object;
  body?: unknown;
  files?: Record<string, Blob>;
}

type Arguments<M extends Method, P extends Path<M>> =
  Record<never, never> extends Request<M, P> ? [request?: Request<M, P>] : [request: Request<M, P>];

const CSRF = '/refresh-csrf' satisfies Path<'get'>;
const AGAIN_AFTER = 1000;
/** compat: 2FAuth's words for the one refusal that comes without its reason. */
const UNTRUSTED = 'Request does not come from a trusted proxy';

let language = 'en';
let proxied = false;
let lost: (why: Loss, error: Error) => void = () => {};

/** Sets the language that the server's messages come in. */
export function speak(locale: string): void {
  language = locale;
}

/** Says that a proxy in front signs people in. */
export function behindProxy(): void {
  proxied = true;
}

/** Sets what happens when an answer shows that the session is over. */
export function onLoss(listener: typeof lost): void {
  lost = listener;
}

export const api = {
  get: caller('get'),
  post: caller('post'),
  put: caller('put'),
  patch: caller('patch'),
  delete: caller('delete'),
};

/** Returns a function that calls the operation of a path, and throws `Unreachable`, `Intercepted` or `Refusal`. */
function caller<M extends Method>(method: M) {
  return async <P extends Path<M>>(path: P, ...[request]: Arguments<M, P>): Promise<Answer<M, P>> =>
    (await call(method.toUpperCase(), path, request ?? {})) as Answer<M, P>;
}

async function call(method: string, path: string, request: AnyRequest): Promise<unknown> {
  const proof = csrfProof();
  let response = await persist(method, path, request);
  // The API answers a stale proof with 401, the rest of the server with 419.
  if (response.status === 419 || (response.status === 401 && !request.guest)) {
    await send('GET', CSRF, {});
    if (csrfProof() !== proof) response = await send(method, path, request);
  }
  if (response.ok) return body(response);
  const refusal = await explain(response);
  const why = request.guest ? null : loss(refusal);
  if (why !== null) lost(why, refusal);
  throw refusal;
}

/** Asks once more for what could not be reached: a device that just woke up has its network a moment later. */
async function persist(method: string, path: string, request: AnyRequest): Promise<Response> {
  try {
    return await send(method, path, request);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    if (proxied && (await isReachable())) return new Response(null, { status: 407 });
    if (method !== 'GET') throw error;
  }
  await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
  return send(method, path, request);
}

/** Whether the server answers at all. Browsers hide the answer 407 from the page, as if there had been none. */
function isReachable(): Promise<boolean> {
  return send('GET', CSRF, {}).then(
    (response) => response.ok,
    () => false,
  );
}

async function send(method: string, path: string, request: AnyRequest): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language };
  const proof = csrfProof();
  if (proof !== null) headers['X-XSRF-TOKEN'] = proof;
  if (request.body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(address(path, request), {
      method,
      headers,
      body: request.files === undefined ? json(request.body) : form(request.files),
      credentials: 'same-origin',
      cache: 'no-store',
      // The server never redirects these; whatever does is a sign-in page in front of it.
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
    lost('intercepted', error);
    throw error;
  }
  return response;
}

/** Returns the address of a path with its parameters, below the app's root. */
function address(path: string, { path: values = {}, query = {} }: AnyRequest): URL {
  const parameters = new Map(Object.entries(values));
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parameters.get(name))));
  const url = new URL(`.${filled}`, document.baseURI);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}

function json(body: unknown): string | null {
  return body === undefined ? null : JSON.stringify(body);
}

function form(files: Record<string, Blob>): FormData {
  const data = new FormData();
  for (const [field, file] of Object.entries(files)) data.append(field, file);
  return data;
}

function loss(refusal: Refusal): Loss | null {
  if (refusal.status === 401 && refusal.message === 'unauthorized') return null;
  if (refusal.status === 401 || refusal.status === 419) return 'ended';
  if (refusal.status === 418) return 'inactive';
  if (refusal.status === 407) return 'proxy';
  return refusal.status === 403 && isProxyReason(refusal.reason) ? 'proxy' : null;
}

/** Whether `reason` is a code such as `untrusted_peer`, and not a sentence. */
function isProxyReason(reason: unknown): boolean {
  return typeof reason === 'string' && /^[a-z]+(_[a-z]+)*$/.test(reason);
}

async function body(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function explain(response: Response): Promise<Refusal> {
  const answer = await body(response).catch(() => null);
  const fields = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
  const untrusted = response.status === 403 && fields.message === UNTRUSTED;
  const wait = Number(response.headers.get('Retry-After') ?? NaN);
  return new Refusal(
    response.status,
    typeof fields.message === 'string' ? fields.message : '',
    fields.reason ?? fields.details ?? (untrusted ? 'untrusted_peer' : null),
    (fields.errors as Record<string, string[]> | undefined) ?? {},
    Number.isFinite(wait) ? wait : null,
  );
}

/** What the server put in the cookie, to be sent back in a header. */
function csrfProof(): string | null {
  const value = /(?:^|;\s*)XSRF-TOKEN=([^;]*)/.exec(document.cookie)?.[1];
  if (value === undefined) return null;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
