import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ticker as Ticker } from '../src/lib/ticker.svelte';

let ticker: typeof Ticker;
let visible: DocumentVisibilityState;

beforeEach(async () => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  vi.resetModules();
  visible = 'visible';
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visible);
  ({ ticker } = await import('../src/lib/ticker.svelte'));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function show(state: DocumentVisibilityState) {
  visible = state;
  document.dispatchEvent(new Event('visibilitychange'));
}

test('follows the server’s clock second by second, not the device’s', () => {
  ticker.observe(1_600_000_000, ticker.mark());
  const seen = [ticker.now];
  for (let second = 0; second < 3; second += 1) {
    vi.advanceTimersByTime(1000);
    seen.push(ticker.now);
  }
  expect(seen).toEqual([1_600_000_000, 1_600_000_001, 1_600_000_002, 1_600_000_003]);
});

test('mentions only a difference of more than two seconds', () => {
  ticker.observe(1_700_000_001, ticker.mark());
  expect(ticker.skew).toBe(0);
  ticker.observe(1_700_000_014, ticker.mark());
  expect(ticker.skew).toBeGreaterThanOrEqual(13);
});

test('rests while the page is hidden, and is right at once afterwards', () => {
  const woken = vi.fn();
  ticker.watch(woken);
  ticker.observe(1_700_000_000, ticker.mark());
  show('hidden');
  vi.advanceTimersByTime(60_000);
  show('visible');
  flushSync();
  expect(ticker.now).toBe(1_700_000_060);
  expect(woken).not.toHaveBeenCalled();
});

test('does not trust its counter after a sleep or after the page comes from the cache', () => {
  const woken = vi.fn();
  ticker.watch(woken);
  ticker.observe(1_700_000_000, ticker.mark());
  show('hidden');
  // The device slept: its clock advanced, the counter didn't.
  vi.setSystemTime(Date.now() + 3_600_000);
  show('visible');
  expect(ticker.now).toBe(0);
  expect(woken).toHaveBeenCalledTimes(1);
  ticker.observe(1_700_003_600, ticker.mark());
  expect(ticker.now).toBe(1_700_003_600);
  window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  expect(ticker.now).toBe(0);
  expect(woken).toHaveBeenCalledTimes(2);
});
