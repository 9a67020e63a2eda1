import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const browser = vi.hoisted(() => ({
  startAuthentication: vi.fn(),
  startRegistration: vi.fn(),
  browserSupportsWebAuthn: vi.fn(() => true),
  browserSupportsWebAuthnAutofill: vi.fn(() => Promise.resolve(true)),
  WebAuthnAbortService: { cancelCeremony: vi.fn() },
}));
const server = vi.hoisted(() => ({ post: vi.fn() }));
vi.mock('@simplewebauthn/browser', () => browser);
vi.mock('../src/lib/api', async (original) => ({ ...(await original<object>()), api: server }));

const { ask, offer, register, toldOf, usable } = await import('../src/lib/passkeys');

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('isSecureContext', true);
  server.post.mockResolvedValue({ challenge: 'c', timeout: 60_000 });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

const settled = () => vi.advanceTimersByTimeAsync(0);
const forever = () => new Promise<never>(() => undefined);

describe('passkeys', () => {
  test('are asked for by address, or say themselves whose they are', async () => {
    browser.startAuthentication.mockResolvedValue({ id: 'k' });
    expect(await ask('ana@example.org')).toEqual({ id: 'k', email: 'ana@example.org' });
    expect(server.post).toHaveBeenLastCalledWith('/webauthn/login/options', { body: { email: 'ana@example.org' }, guest: true });
    expect(await ask('')).toEqual({ id: 'k', discoverable: true });
    expect(server.post).toHaveBeenLastCalledWith('/webauthn/login/options', { body: { discoverable: true }, guest: true });
  });

  test('get their name where the server looks for it', async () => {
    browser.startRegistration.mockResolvedValue({ id: 'k', response: { attestationObject: 'a' } });
    await register('Phone');
    const body = { id: 'k', response: { attestationObject: 'a', alias: 'Phone' } };
    expect(server.post).toHaveBeenLastCalledWith('/webauthn/register', { body });
  });

  test('need encryption, and a host with a name', () => {
    expect(usable()).toBe(true);
    for (const hostname of ['192.168.1.2', '[::1]']) {
      vi.stubGlobal('location', { hostname });
      expect(usable(), hostname).toBe(false);
    }
    vi.stubGlobal('location', { hostname: '7seas.example' });
    expect(usable()).toBe(true);
    vi.stubGlobal('isSecureContext', false);
    expect(usable()).toBe(false);
  });

  test('that are refused by the browser are explained', () => {
    const refusal = Object.assign(new Error('no'), { name: 'InvalidStateError' });
    expect(toldOf(refusal)).toBe('passkey.known');
    expect(toldOf(new Error('x'))).toBe('error.unexpected');
  });
});

describe('an offer', () => {
  test('is renewed before the server forgets it, and taken back', async () => {
    browser.startAuthentication.mockImplementation(forever);
    const end = offer(async () => undefined);
    await settled();
    expect(browser.startAuthentication).toHaveBeenCalledTimes(1);
    expect(browser.startAuthentication.mock.calls[0]?.[0]).toMatchObject({ useBrowserAutofill: true });
    await vi.advanceTimersByTimeAsync(45_000);
    expect(browser.startAuthentication).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(browser.startAuthentication).toHaveBeenCalledTimes(2);
    end();
    expect(browser.WebAuthnAbortService.cancelCeremony).toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(browser.startAuthentication).toHaveBeenCalledTimes(2);
  });

  test('hands over what was chosen', async () => {
    browser.startAuthentication.mockResolvedValueOnce({ id: 'k' }).mockImplementation(forever);
    const use = vi.fn(async () => undefined);
    const end = offer(use);
    await settled();
    expect(use).toHaveBeenCalledExactlyOnceWith({ id: 'k', discoverable: true });
    end();
  });

  test('is made once only to a server that has none', async () => {
    server.post.mockRejectedValue(new Error('405'));
    const end = offer(async () => undefined);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(server.post).toHaveBeenCalledTimes(1);
    expect(browser.startAuthentication).not.toHaveBeenCalled();
    end();
  });
});
