// How the web app talks to the server: relative addresses, the session cookie, a proof against request forgery.

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

export interface Options {
  json?: unknown;
  form?: FormData;
  signal?: AbortSignal;
  /** Nobody needs to be signed in: 401 is an answer like another, not the end of a session. */
  guest?: boolean;
}

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
  get: <T>(path: string, options: Options = {}) => request<T>('GET', path, options),
  post: <T>(path: string, json?: unknown, options: Options = {}) => request<T>('POST', path, { json, ...options }),
  put: <T>(path: string, json: unknown, options: Options = {}) => request<T>('PUT', path, { json, ...options }),
  patch: <T>(path: string, json: unknown, options: Options = {}) => request<T>('PATCH', path, { json, ...options }),
  delete: (path: string, options: Options = {}) => request<void>('DELETE', path, options),
};

async function request<T>(method: string, path: string, options: Options): Promise<T> {
  const proof = csrfProof();
  let response = await persist(method, path, options);
  // The API answers a stale proof with 401, the rest of the server with 419.
  if (response.status === 419 || (response.status === 401 && !options.guest)) {
    await send('GET', 'refresh-csrf', {});
    if (csrfProof() !== proof) response = await send(method, path, options);
  }
  if (response.ok) return (await body(response)) as T;
  const refusal = await explain(response);
  const why = options.guest ? null : loss(refusal);
  if (why !== null) lost(why, refusal);
  throw refusal;
}

/** Asks once more for what could not be reached: a device that just woke up has its network a moment later. */
async function persist(method: string, path: string, options: Options): Promise<Response> {
  try {
    return await send(method, path, options);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    if (proxied && (await isReachable())) return new Response(null, { status: 407 });
    if (method !== 'GET') throw error;
  }
  await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
  return send(method, path, options);
}

/** Whether the server answers at all. Browsers hide the answer 407 from the page, as if there had been none. */
function isReachable(): Promise<boolean> {
  return send('GET', 'refresh-csrf', {}).then(
    (response) => response.ok,
    () => false,
  );
}

async function send(method: string, path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language };
  const proof = csrfProof();
  if (proof !== null) headers['X-XSRF-TOKEN'] = proof;
  if (options.json !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(new URL(path, document.baseURI), {
      method,
      headers,
      body: options.form ?? (options.json === undefined ? null : JSON.stringify(options.json)),
      credentials: 'same-origin',
      cache: 'no-store',
      // The server never redirects these; whatever does is a sign-in page in front of it.
      redirect: 'manual',
      signal: options.signal ?? null,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Unreachable('unreachable', { cause: error });
  }
  const page = path !== 'refresh-csrf' && response.headers.get('Content-Type')?.startsWith('text/html');
  if (response.type === 'opaqueredirect' || (page && response.status < 500)) {
    const error = new Intercepted('intercepted');
    lost('intercepted', error);
    throw error;
  }
  return response;
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
