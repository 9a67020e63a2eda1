import { expect, test, vi } from 'vitest';
import { leaving } from '../src/lib/leaving.svelte';

const closing = () => window.dispatchEvent(new Event('beforeunload', { cancelable: true }));

test('a form without unsaved changes is left at once', () => {
  const end = leaving.watch(() => false);
  const step = vi.fn();
  leaving.attempt(step);
  expect(step).toHaveBeenCalledOnce();
  expect(closing()).toBe(true);
  end();
});

test('a form with unsaved changes is left after confirmation', () => {
  let unsaved = false;
  const end = leaving.watch(() => unsaved);
  unsaved = true;
  const step = vi.fn();
  leaving.attempt(step);
  leaving.cancel();
  expect(step).not.toHaveBeenCalled();
  expect(closing()).toBe(false);
  leaving.attempt(step);
  leaving.confirm();
  expect(step).toHaveBeenCalledOnce();
  expect(closing()).toBe(true);
  end();
});

test('a form that is gone no longer asks', () => {
  leaving.watch(() => true)();
  expect(leaving.unsaved).toBe(false);
  expect(closing()).toBe(true);
});
