import { beforeEach, describe, expect, test, vi } from 'vitest';
import { HttpError } from '../src/lib/api';
import { Form } from '../src/lib/form.svelte';
import { language } from '../src/lib/i18n.svelte';
import { fieldOrPasswordErrors, checkProfile } from '../src/lib/profile';

/** Submits a form whose field `name` is marked while it has an error. */
function submission(form: Form): SubmitEvent {
  const element = document.createElement('form');
  element.querySelector = vi.fn(() => (form.errors.name === undefined ? null : { focus })) as never;
  const event = new Event('submit') as SubmitEvent;
  Object.defineProperty(event, 'currentTarget', { value: element });
  return event;
}

const focus = vi.fn();
const refuse = (...refusal: ConstructorParameters<typeof HttpError>) => vi.fn(() => Promise.reject(new HttpError(...refusal)));

beforeEach(async () => {
  focus.mockClear();
  await language.use('en');
});

describe('a form', () => {
  test('is not sent while a field has an error, and focuses that field', async () => {
    const form = new Form();
    const work = vi.fn();
    expect(await form.submit(submission(form), { name: 'Missing' }, work)).toBe(false);
    expect(work).not.toHaveBeenCalled();
    expect(focus).toHaveBeenCalledOnce();
  });

  test('succeeds once its work is done', async () => {
    const form = new Form();
    form.failure = 'before';
    expect(await form.submit(submission(form), {}, () => Promise.resolve())).toBe(true);
    expect(form.failure).toBeNull();
    expect(form.busy).toBe(false);
  });

  test('shows an error beside its field', async () => {
    const form = new Form();
    const work = refuse(422, 'Taken. (and more)', null, { name: ['Taken.'] });
    expect(await form.submit(submission(form), {}, work)).toBe(false);
    expect(form.errors).toEqual({ name: 'Taken.' });
    expect(form.failure).toBeNull();
  });

  test('explains the error of a field that it does not show', async () => {
    const form = new Form();
    await form.submit(submission(form), {}, refuse(422, 'No such icon.', null, { icon: ['No such icon.'] }));
    expect(form.failure).toBe('No such icon.');
  });

  test('explains why an action is not allowed', async () => {
    const form = new Form();
    await form.submit(submission(form), {}, refuse(403, 'forbidden', 'Only by single sign-on.'));
    expect(form.failure).toBe('Only by single sign-on.');
    await form.submit(submission(form), {}, refuse(405, 'Not behind a proxy'));
    expect(form.failure).toBe('Not behind a proxy');
    await form.submit(submission(form), {}, refuse(403, 'forbidden'));
    expect(form.failure).toBe('You are not allowed to do this.');
  });
});

test('plain errors in a profile are found', () => {
  expect(checkProfile({ name: 'Ana', email: 'ana@example.org', password: '12345678' })).toEqual({});
  expect(Object.keys(checkProfile({ name: ' ', email: 'ana', password: '1234567' }))).toEqual(['name', 'email', 'password']);
  expect(checkProfile({})).toEqual({});
});

test('a wrong password is reported beside its field', () => {
  expect(fieldOrPasswordErrors(new HttpError(400, 'Wrong'))).toEqual({ current: 'Wrong' });
  expect(fieldOrPasswordErrors(new HttpError(422, 'x', null, { email: ['Taken.'] }))).toEqual({ email: 'Taken.' });
});
