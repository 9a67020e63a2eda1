import { expectTypeOf, test } from 'vitest';
import { api } from '../src/lib/api';
import type { Answer, Body } from '../src/lib/operations';
import type { Account, Group, Otp, SignedIn } from '../src/lib/wire.gen';

test('an answer has the type of its operation', () => {
  expectTypeOf<Answer<'get', '/api/v1/groups'>>().toEqualTypeOf<Group[]>();
  expectTypeOf<Answer<'post', '/api/v1/twofaccounts'>>().toEqualTypeOf<Account>();
  expectTypeOf<Answer<'get', '/api/v1/twofaccounts/{id}/otp'>>().toEqualTypeOf<Otp>();
  expectTypeOf<Answer<'post', '/user/login'>>().toEqualTypeOf<SignedIn>();
  expectTypeOf<Answer<'delete', '/api/v1/groups/{id}'>>().toEqualTypeOf<null>();
});

test('a body has the type of its operation', () => {
  expectTypeOf<Body<'post', '/user/login'>>().toEqualTypeOf<{ email: string; password: string }>();
  expectTypeOf<Body<'get', '/api/v1/groups'>>().toBeNever();
});

/** Never called: the type check fails when one of these compiles. */
export const refused = [
  // @ts-expect-error There is no such path.
  () => api.get('/api/v1/nothing'),
  // @ts-expect-error The path has no such method.
  () => api.put('/api/v1/groups', { body: { name: 'Work' } }),
  // @ts-expect-error The parameter of the path is missing.
  () => api.get('/api/v1/groups/{id}'),
  // @ts-expect-error A parameter has another type.
  () => api.get('/api/v1/groups/{id}', { path: { id: 'one' } }),
  // @ts-expect-error There is no such parameter in the query.
  () => api.get('/api/v1/twofaccounts', { query: { with: 1 } }),
  // @ts-expect-error A required parameter of the query is missing.
  () => api.delete('/api/v1/twofaccounts'),
  // @ts-expect-error The body is missing.
  () => api.post('/api/v1/groups'),
  // @ts-expect-error A field is missing.
  () => api.post('/user/login', { body: { email: 'ana@example.org' } }),
  // @ts-expect-error There is no such field.
  () => api.post('/user/login', { body: { email: 'ana@example.org', password: 'secret', otp: '1' } }),
  // @ts-expect-error The operation takes no body.
  () => api.get('/api/v1/groups', { body: {} }),
  // @ts-expect-error The file has another name.
  () => api.post('/api/v1/qrcode/decode', { files: { picture: new Blob() } }),
];
