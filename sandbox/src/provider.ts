import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Faults } from './faults/index.ts'
import type { Html } from './pages/index.ts'
import type { Site } from './site.ts'
import type { Store } from './state/index.ts'

/** What every stand-in is given. Time and randomness are arguments, so that tests can hold them. */
export type Surroundings = {
  site: Site
  store: Store
  faults: Faults
  /** Folder of the provider's own files. */
  dir: string
  /** Milliseconds since the epoch. */
  now(): number
  random(bytes: number): Buffer
}

/** A refusal that a fault asked for. */
export type AskedRefusal = {
  status: number
  reason: 'rate_limit' | 'unavailable'
  /** Seconds. */
  retryAfter: number
  /** The fault's own parameters, as posted. */
  asked: Record<string, unknown>
}

/** The same in a provider's words. */
export type Refused = { type: string; body: string; headers?: Record<string, string> }

/** One imitated service; its routes live under `/<id>`. */
export type Provider = {
  id: string
  title: string
  /** Names of the operations that faults can be put on and that the recorder writes down. */
  operations: readonly string[]
  /** Misbehaviour only this provider knows, with the operations it belongs to. */
  behaviours: Readonly<Record<string, readonly string[]>>
  /** How this provider words a refusal that a fault asked for. */
  refuse(operation: string, refusal: AskedRefusal): Refused
  routes(app: FastifyInstance): void | Promise<void>
  /** Events at the provider that no app asked for: `POST /faults/<id>/<name>`. May throw BadFault. */
  events?: Readonly<Record<string, (body: unknown) => unknown>>
  /** What it holds, for `GET /state`. */
  holdings?(): unknown
  /** Tables that a reset leaves alone (keys others may have cached). */
  keeps: readonly string[]
  /** Removes what the reset of the tables leaves behind on disk. */
  reset?(): Promise<void>
  /** Its paragraph on the home page. */
  introduce(): Html
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Which operation the route is; a function where the body decides (the token endpoint). */
    operation?: string | ((request: FastifyRequest) => string)
  }
}

export function operationOf(request: FastifyRequest): string {
  const operation = request.routeOptions.config.operation
  return typeof operation === 'function' ? operation(request) : (operation ?? 'unknown')
}
