// Passkeys and security keys, as the browser asks for them.

import {
  WebAuthnAbortService,
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser';
import { Refusal, api } from './api';
import { told } from './errors';
import { t, type Key } from './i18n.svelte';
import type { Body } from './operations';

type Challenge = Parameters<typeof startAuthentication>[0]['optionsJSON'];
type Invitation = Parameters<typeof startRegistration>[0]['optionsJSON'];

/** A passkey's answer to a challenge, for the server to check. */
export type PasskeyAnswer = Body<'post', '/webauthn/login'>;

/** What each refusal of the browser means, by the name of its error. */
const REFUSALS: Record<string, Key> = {
  NotAllowedError: 'passkey.cancelled',
  AbortError: 'passkey.cancelled',
  InvalidStateError: 'passkey.known',
  SecurityError: 'passkey.elsewhere',
  NotSupportedError: 'passkey.unfit',
  ConstraintError: 'passkey.unfit',
};

/** How long the server remembers what it asked, unless it says so, in milliseconds. */
const REMEMBERED = 60_000;
/** How long before that an offer is renewed, and how often that is looked at. */
const EARLIER = 10_000;
const LOOK_EVERY = 2_000;

/** An address without a name: no passkey belongs to it. */
const NUMERIC = /^[\d.]+$|^\[/;

/** Whether passkeys can be used here: browsers want a name for an address, and encryption on the way there. */
export function usable(): boolean {
  return isSecureContext && !NUMERIC.test(location.hostname) && browserSupportsWebAuthn();
}

/** Asks for a passkey of the person with this address; of anybody, without one. Answers what the server wants to see. */
export async function ask(email: string): Promise<PasskeyAnswer> {
  return { ...(await startAuthentication({ optionsJSON: await challenge(email) })), ...whose(email) };
}

/**
 * Lets the browser offer passkeys where an address is typed, until one is chosen and `use` has seen it. Answers how to
 * take the offer back. A server or browser that can't do it makes no offer.
 */
export function offer(use: (answer: PasskeyAnswer) => Promise<void>): () => void {
  const end = new AbortController();
  let until = 0;
  const make = async () => {
    until = Infinity;
    if (!usable() || !(await browserSupportsWebAuthnAutofill())) return;
    const optionsJSON = await challenge('', end.signal);
    until = Date.now() + (optionsJSON.timeout ?? REMEMBERED) - EARLIER;
    if (end.signal.aborted) return;
    const answer = await startAuthentication({ optionsJSON, useBrowserAutofill: true });
    until = 0;
    if (!end.signal.aborted) await use({ ...answer, ...whose('') });
  };
  const renew = () => {
    // What was asked for before ends by that, without a word.
    if (!document.hidden && Date.now() >= until) make().catch(() => undefined);
  };
  const timer = setInterval(renew, LOOK_EVERY);
  renew();
  return () => {
    end.abort();
    clearInterval(timer);
    WebAuthnAbortService.cancelCeremony();
  };
}

/** Makes a passkey and gives it to the server under a name. */
export async function register(name: string): Promise<void> {
  const options = (await api.post('/webauthn/register/options', { body: { discoverable: true } })) as Invitation;
  const passkey = await startRegistration({ optionsJSON: options });
  await api.post('/webauthn/register', { body: { ...passkey, response: { ...passkey.response, alias: name } } });
}

/** One sentence on why no passkey was used or made. */
export function toldOf(error: unknown): string {
  const key = error instanceof Error && !(error instanceof Refusal) ? REFUSALS[error.name] : undefined;
  return key === undefined ? told(error) : t(key, { host: location.host });
}

async function challenge(email: string, signal?: AbortSignal): Promise<Challenge> {
  return (await api.post('/webauthn/login/options', { body: whose(email), guest: true, signal })) as Challenge;
}

/** Whose passkey is wanted: without an address it says so itself. */
function whose(email: string): object {
  return email === '' ? { discoverable: true } : { email };
}
