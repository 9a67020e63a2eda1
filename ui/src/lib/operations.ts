// The operations of the HTTP API as types, from the contract: a wrong path, method, parameter or field doesn't compile.

import type { paths } from './wire.gen';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The paths that have an operation for a method. */
export type Path<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: object }> ? P : never;
}[keyof paths];

/** The JSON of an operation's successful answer; `null` where there is none. */
export type Answer<M extends Method, P extends Path<M>> = AnswerOf<paths[P][M]>;

/** The JSON that an operation takes; `never` where it takes none. */
export type Body<M extends Method, P extends Path<M>> = BodyOf<paths[P][M]>;

/** The parts of a request. */
export type Request<M extends Method, P extends Path<M>> = Options &
  Part<'path', ParametersOf<paths[P][M], 'path'>> &
  Part<'query', ParametersOf<paths[P][M], 'query'>> &
  Content<BodyOf<paths[P][M]>, FilesOf<paths[P][M]>>;

/** The value of a field of a multipart form: a repeated one has a list of files, a list of texts is numbered. */
export type FormValue = Blob | readonly Blob[] | string | readonly (string | null)[];

export interface Options {
  signal?: AbortSignal | undefined;
  /** Whether no session is needed: a 401 is then an ordinary answer, not the end of a session. */
  guest?: boolean;
}

type Success = 200 | 201 | 204;
type AnswerOf<Operation> = Operation extends { responses: infer Responses }
  ? { [Status in keyof Responses & Success]: JsonOf<Responses[Status]> }[keyof Responses & Success]
  : never;
type BodyOf<Operation> = Operation extends { requestBody?: infer Content } ? ContentOf<Content, 'application/json'> : never;
type FilesOf<Operation> = Operation extends { requestBody?: infer Content } ? FormOf<ContentOf<Content, 'multipart/form-data'>> : never;
type FormOf<Fields> = [Fields] extends [never] ? never : { [Field in keyof Fields]: FormValue };
type ParametersOf<Operation, Place extends 'path' | 'query'> = Operation extends { parameters: { [Key in Place]?: infer Parameters } }
  ? Exclude<Parameters, undefined>
  : never;

type JsonOf<Response> = Response extends { content: { 'application/json': infer Json } } ? Json : null;
type ContentOf<Content, Type extends string> = Content extends { content: { [Key in Type]: infer Value } } ? Value : never;

/** What a request carries: JSON or a form, if the operation takes either. */
type Content<Json, Form> = [Form] extends [never] ? Part<'body', Json> : [Json] extends [never] ? Part<'files', Form> : { body: Json } | { files: Form };

/** A part of a request: absent if the operation takes none, optional if it requires nothing of it. */
type Part<Name extends string, Value> = [Value] extends [never]
  ? unknown
  : Record<never, never> extends Value
    ? { [Key in Name]?: Value }
    : { [Key in Name]: Value };
