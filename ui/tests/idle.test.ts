import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { whenIdle } from '../src/lib/idle';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const MINUTE = 60_000;

test('locks once after the time without input', () => {
  const locked = vi.fn();
  whenIdle(2, locked);
  vi.advanceTimersByTime(MINUTE);
  document.dispatchEvent(new Event('keydown'));
  vi.advanceTimersByTime(1.5 * MINUTE);
  expect(locked).not.toHaveBeenCalled();
  vi.advanceTimersByTime(MINUTE);
  expect(locked).toHaveBeenCalledTimes(1);
});

test('locks at once when a device wakes up after that time', () => {
  const locked = vi.fn();
  whenIdle(1, locked);
  vi.setSystemTime(Date.now() + 5 * MINUTE);
  document.dispatchEvent(new Event('visibilitychange'));
  expect(locked).toHaveBeenCalledTimes(1);
});

test.each([0, -1, NaN])('never locks for %d minutes', (minutes) => {
  const locked = vi.fn();
  whenIdle(minutes, locked);
  vi.advanceTimersByTime(1000 * MINUTE);
  expect(locked).not.toHaveBeenCalled();
});

test('does not lock once it is stopped', () => {
  const locked = vi.fn();
  whenIdle(1, locked)();
  vi.advanceTimersByTime(10 * MINUTE);
  expect(locked).not.toHaveBeenCalled();
});
