// Passkeys and security keys, through the browser's WebAuthn API.

import {
  WebAuthnAbortService,
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser';
import { HttpError, api } from './api';
import { explain } from './errors';
import { t, type Key } from './i18n.svelte';
import type { Body } from './operations';

type RequestOptions = Parameters<typeof startAuthentication>[0]['optionsJSON'];
type CreationOptions = Parameters<typeof startRegistration>[0]['optionsJSON'];

/** A passkey's answer to a challenge, for the server to check. */
export type PasskeyAnswer = Body<'post', '/webauthn/login'>;

/** Texts for the browser's errors, by their names. */
const ERRORS: Record<string, Key> = {
  NotAllowedError: 'passkey.cancelled',
  AbortError: 'passkey.cancelled',
  InvalidStateError: 'passkey.known',
  SecurityError: 'passkey.elsewhere',
  NotSupportedError: 'passkey.unfit',
  ConstraintError: 'passkey.unfit',
};

/** Lifetime of a challenge that states none, in milliseconds. */
const CHALLENGE_LIFETIME = 60_000;
/** How long before its challenge expires an offer is renewed, and how often that is checked, in milliseconds. */
const RENEW_BEFORE = 10_000;
const CHECK_INTERVAL = 2_000;

/** A numeric host, for which browsers have no passkeys. */
const NUMERIC = /^[\d.]+$|^\[/;

/** Whether passkeys can be used: browsers require HTTPS and a host name. */
export function arePasskeysUsable(): boolean {
  return isSecureContext && !NUMERIC.test(location.hostname) && browserSupportsWebAuthn();
}

/** Asks the browser for a passkey of the user with this e-mail address, or of any user if it is empty. */
export async function ask(email: string): Promise<PasskeyAnswer> {
  return { ...(await startAuthentication({ optionsJSON: await requestChallenge(email) })), ...identify(email) };
}

/**
 * Makes the browser offer passkeys in the field of the e-mail address, and calls `use` with the answer of the chosen
 * one. Returns a function that withdraws the offer. Does nothing if browser or server don't support it.
 */
export function offer(use: (answer: PasskeyAnswer) => Promise<void>): () => void {
  const end = new AbortController();
  let until = 0;
  const make = async () => {
    until = Infinity;
    if (!arePasskeysUsable() || !(await browserSupportsWebAuthnAutofill())) return;
    const optionsJSON = await requestChallenge('', end.signal);
    until = Date.now() + (optionsJSON.timeout ?? CHALLENGE_LIFETIME) - RENEW_BEFORE;
    if (end.signal.aborted) return;
    const answer = await startAuthentication({ optionsJSON, useBrowserAutofill: true });
    until = 0;
    if (!end.signal.aborted) await use({ ...answer, ...identify('') });
  };
  const renew = () => {
    // A new request cancels the previous one silently.
    if (!document.hidden && Date.now() >= until) make().catch(() => undefined);
  };
  const timer = setInterval(renew, CHECK_INTERVAL);
  renew();
  return () => {
    end.abort();
    clearInterval(timer);
    WebAuthnAbortService.cancelCeremony();
  };
}

/** Creates a passkey and registers it under a name. */
export async function register(name: string): Promise<void> {
  const options = (await api.post('/webauthn/register/options', { body: { discoverable: true } })) as CreationOptions;
  const passkey = await startRegistration({ optionsJSON: options });
  await api.post('/webauthn/register', { body: { ...passkey, response: { ...passkey.response, alias: name } } });
}

/** Explains in one sentence why no passkey was used or created. */
export function explainPasskey(error: unknown): string {
  const key = error instanceof Error && !(error instanceof HttpError) ? ERRORS[error.name] : undefined;
  return key === undefined ? explain(error) : t(key, { host: location.host });
}

async function requestChallenge(email: string, signal?: AbortSignal): Promise<RequestOptions> {
  return (await api.post('/webauthn/login/options', { body: identify(email), guest: true, signal })) as RequestOptions;
}

/** Returns the fields that say whose passkey is wanted; without an address, the passkey itself identifies its user. */
function identify(email: string): object {
  return email === '' ? { discoverable: true } : { email };
}
