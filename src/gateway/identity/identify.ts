import type { Clock } from '#base'
import type { Signer } from '#crypto'
import type { Who } from '../authenticate/who.ts'
import type { Route } from '../routes/route.ts'
import { identityHeaders } from './identity-headers.ts'
import { createIdentityTokens } from './identity-jwt.ts'

/** Everything that a route tells its upstream about the caller, by header name; empty where there is nothing to say. */
export type Identify = (route: Pick<Route, 'identity'>, who: Who) => Promise<Readonly<Record<string, string>>>

/** Callers can set none of this family. */
export const IDENTITY_HEADER = 'x-trivet-identity'

export function createIdentify(deps: {
  readonly signer: Pick<Signer, 'sign'>
  readonly publicUrl: string
  readonly clock: Clock
}): Identify {
  const tokens = createIdentityTokens(deps)
  return async ({ identity }, who) => {
    switch (identity.kind) {
      case 'none':
        return {}
      case 'headers':
        return identityHeaders(identity.names, who)
      case 'jwt':
        return { [IDENTITY_HEADER]: who.subject === '' ? '' : await tokens.issue(who, identity.audience) }
    }
  }
}
