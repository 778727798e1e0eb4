import type { Route } from '../routes/route.ts'

/** What the endpoints share. */
export type EndpointDeps = {
  readonly issuer: string
  readonly routes: () => readonly Route[]
  /** A JWK Set. */
  readonly identityKeys: () => object
}
