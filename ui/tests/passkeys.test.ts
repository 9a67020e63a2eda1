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

const { ask, offer, register, explainPasskey, arePasskeysUsable } = await import('../src/lib/passkeys');

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
  test('are requested by e-mail address, or identify their user themselves', async () => {
    browser.startAuthentication.mockResolvedValue({ id: 'k' });
    expect(await ask('ana@example.org')).toEqual({ id: 'k', email: 'ana@example.org' });
    expect(server.post).toHaveBeenLastCalledWith('/webauthn/login/options', { body: { email: 'ana@example.org' }, guest: true });
    expect(await ask('')).toEqual({ id: 'k', discoverable: true });
    expect(server.post).toHaveBeenLastCalledWith('/webauthn/login/options', { body: { discoverable: true }, guest: true });
  });

  test('are registered with their name where the server expects it', async () => {
    browser.startRegistration.mockResolvedValue({ id: 'k', response: { attestationObject: 'a' } });
    await register('Phone');
    const body = { id: 'k', response: { attestationObject: 'a', alias: 'Phone' } };
    expect(server.post).toHaveBeenLastCalledWith('/webauthn/register', { body });
  });

  test('need HTTPS and a host name', () => {
    expect(arePasskeysUsable()).toBe(true);
    for (const hostname of ['192.168.1.2', '[::1]']) {
      vi.stubGlobal('location', { hostname });
      expect(arePasskeysUsable(), hostname).toBe(false);
    }
    vi.stubGlobal('location', { hostname: '7seas.example' });
    expect(arePasskeysUsable()).toBe(true);
    vi.stubGlobal('isSecureContext', false);
    expect(arePasskeysUsable()).toBe(false);
  });

  test('explain the errors of the browser', () => {
    const refusal = Object.assign(new Error('no'), { name: 'InvalidStateError' });
    expect(explainPasskey(refusal)).toBe('passkey.known');
    expect(explainPasskey(new Error('x'))).toBe('error.unexpected');
  });
});

describe('an offer', () => {
  test('is renewed before its challenge expires, and withdrawn', async () => {
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

  test('passes on the chosen passkey', async () => {
    browser.startAuthentication.mockResolvedValueOnce({ id: 'k' }).mockImplementation(forever);
    const use = vi.fn(async () => undefined);
    const end = offer(use);
    await settled();
    expect(use).toHaveBeenCalledExactlyOnceWith({ id: 'k', discoverable: true });
    end();
  });

  test('is made only once if the server has none', async () => {
    server.post.mockRejectedValue(new Error('405'));
    const end = offer(async () => undefined);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(server.post).toHaveBeenCalledTimes(1);
    expect(browser.startAuthentication).not.toHaveBeenCalled();
    end();
  });
});
