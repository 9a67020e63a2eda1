import { describe, expect, test } from 'vitest';
import { language } from '../src/lib/i18n.svelte';
import { device, moment } from '../src/lib/visits';

describe('a visit', () => {
  test('is told by what it was made with', async () => {
    await language.use('en');
    expect(device({ browser: 'Firefox', platform: 'Linux' })).toBe('Firefox on Linux');
    expect(device({ browser: false, platform: 'Linux' })).toBe('Linux');
    expect(device({ browser: 'Firefox', platform: null })).toBe('Firefox');
    expect(device({ browser: false, platform: false })).toBe('Unknown device');
  });

  test('keeps the time that the server wrote', () => {
    expect(moment('Thu, Jan 15, 2026 11:30 PM', 'fr')).toMatch(/15 janv\.? 2026.*23:30/);
    expect(moment('Thu, Jan 15, 2026 12:05 AM', 'fr')).toMatch(/00:05/);
    const local = new Date('2026-01-15T23:30:00Z').toLocaleString('fr', { dateStyle: 'medium', timeStyle: 'short' });
    expect(moment('Thu, Jan 15, 2026 11:30 PM', 'fr', 'UTC')).toBe(local);
    expect(moment('2026-01-15T23:30:00.000000Z', 'fr')).toBe(local);
    expect(moment('some day', 'fr')).toBe('some day');
    expect(moment(null, 'fr')).toBe('');
  });
});
