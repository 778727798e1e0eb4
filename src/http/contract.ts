import type { z } from 'zod'

/** Who may call an address of the JSON API. */
export type Callers =
  /** Anybody; a session, where there is one, says whose things are meant. */
  | 'anybody'
  /** A user: by the session, or by a login token. */
  | 'user'
  /** An administrator: by the session, or by a login token; for changes both less than five minutes old. */
  | 'administrator'

/** One address of the JSON API in words and schemas: what it is checked by, and what `/openapi.json` says of it. */
export type Contract<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Result extends z.ZodType = z.ZodType,
> = {
  /** `operationId`: unique over all rooms. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** As the router has it: `/api/runs/:id`. */
  readonly path: string
  /** `tags`: whose matter it is. */
  readonly group: string
  /** What it does, in a sentence. */
  readonly says: string
  readonly callers: Callers
  readonly params?: Params
  readonly query?: Query
  /** Of `application/json`; a request without one has no body. */
  readonly body?: Body
  /** Headers that change what happens, by name in words. */
  readonly headers?: Readonly<Record<string, string>>
  /** The answer when it went well. Without a schema it has no body, or none of JSON (`type`). */
  readonly answer: {
    readonly status: 200 | 201 | 202 | 204
    readonly says: string
    readonly schema?: Result
    readonly type?: string
    readonly headers?: Readonly<Record<string, string>>
  }
  /** Codes of problems, by status, besides those that every address may answer. */
  readonly problems?: Readonly<Record<number, readonly string[]>>
}
