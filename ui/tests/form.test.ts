import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Refusal } from '../src/lib/api';
import { Form } from '../src/lib/form.svelte';
import { language } from '../src/lib/i18n.svelte';
import { byFieldOrPassword, wrongWith } from '../src/lib/person';

/** A submission of a form whose field `name` is marked while `form` finds it wrong. */
function submission(form: Form): SubmitEvent {
  const element = document.createElement('form');
  element.querySelector = vi.fn(() => (form.errors.name === undefined ? null : { focus })) as never;
  const event = new Event('submit') as SubmitEvent;
  Object.defineProperty(event, 'currentTarget', { value: element });
  return event;
}

const focus = vi.fn();
const refuse = (...refusal: ConstructorParameters<typeof Refusal>) => vi.fn(() => Promise.reject(new Refusal(...refusal)));

beforeEach(async () => {
  focus.mockClear();
  await language.use('en');
});

describe('a form', () => {
  test('is not sent while a field is wrong, and leads to that field', async () => {
    const form = new Form();
    const work = vi.fn();
    expect(await form.submit(submission(form), { name: 'Missing' }, work)).toBe(false);
    expect(work).not.toHaveBeenCalled();
    expect(focus).toHaveBeenCalledOnce();
  });

  test('is done once its work is', async () => {
    const form = new Form();
    form.failure = 'before';
    expect(await form.submit(submission(form), {}, () => Promise.resolve())).toBe(true);
    expect(form.failure).toBeNull();
    expect(form.busy).toBe(false);
  });

  test('shows a refusal beside its field', async () => {
    const form = new Form();
    const work = refuse(422, 'Taken. (and more)', null, { name: ['Taken.'] });
    expect(await form.submit(submission(form), {}, work)).toBe(false);
    expect(form.errors).toEqual({ name: 'Taken.' });
    expect(form.failure).toBeNull();
  });

  test('tells a refusal of a field that it does not show', async () => {
    const form = new Form();
    await form.submit(submission(form), {}, refuse(422, 'No such icon.', null, { icon: ['No such icon.'] }));
    expect(form.failure).toBe('No such icon.');
  });

  test('tells why something is not allowed', async () => {
    const form = new Form();
    await form.submit(submission(form), {}, refuse(403, 'forbidden', 'Only by single sign-on.'));
    expect(form.failure).toBe('Only by single sign-on.');
    await form.submit(submission(form), {}, refuse(405, 'Not behind a proxy'));
    expect(form.failure).toBe('Not behind a proxy');
    await form.submit(submission(form), {}, refuse(403, 'forbidden'));
    expect(form.failure).toBe('You are not allowed to do this.');
  });
});

test('what is plainly wrong with a person is found', () => {
  expect(wrongWith({ name: 'Ana', email: 'ana@example.org', password: '12345678' })).toEqual({});
  expect(Object.keys(wrongWith({ name: ' ', email: 'ana', password: '1234567' }))).toEqual(['name', 'email', 'password']);
  expect(wrongWith({})).toEqual({});
});

test('a wrong password is told beside its field', () => {
  expect(byFieldOrPassword(new Refusal(400, 'Wrong'))).toEqual({ current: 'Wrong' });
  expect(byFieldOrPassword(new Refusal(422, 'x', null, { email: ['Taken.'] }))).toEqual({ email: 'Taken.' });
});
