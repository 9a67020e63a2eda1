import { describe, expect, test } from 'vitest';
import { language } from '../src/lib/i18n.svelte';
import { deviceName, formatTime } from '../src/lib/sign-ins';

describe('a sign-in', () => {
  test('is named after its device', async () => {
    await language.use('en');
    expect(deviceName({ browser: 'Firefox', platform: 'Linux' })).toBe('Firefox on Linux');
    expect(deviceName({ browser: false, platform: 'Linux' })).toBe('Linux');
    expect(deviceName({ browser: 'Firefox', platform: null })).toBe('Firefox');
    expect(deviceName({ browser: false, platform: false })).toBe('Unknown device');
  });

  test('keeps the time of the server', () => {
    expect(formatTime('Thu, Jan 15, 2026 11:30 PM', 'fr')).toMatch(/15 janv\.? 2026.*23:30/);
    expect(formatTime('Thu, Jan 15, 2026 12:05 AM', 'fr')).toMatch(/00:05/);
    const local = new Date('2026-01-15T23:30:00Z').toLocaleString('fr', { dateStyle: 'medium', timeStyle: 'short' });
    expect(formatTime('Thu, Jan 15, 2026 11:30 PM', 'fr', 'UTC')).toBe(local);
    expect(formatTime('2026-01-15T23:30:00.000000Z', 'fr')).toBe(local);
    expect(formatTime('some day', 'fr')).toBe('some day');
    expect(formatTime(null, 'fr')).toBe('');
  });
});
