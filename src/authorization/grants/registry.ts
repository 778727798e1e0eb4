import { OAuthError } from '../errors.ts'
import { authorizationCode } from './authorization-code.ts'
import { clientCredentials } from './client-credentials.ts'
import type { GrantDeps, GrantType, TokenAnswer, TokenRequest } from './grant-type.ts'
import { refreshToken } from './refresh-token.ts'

/** The ways to tokens that there are. /token never grows: a further one is a further line. */
const GRANT_TYPES = [authorizationCode, refreshToken, clientCredentials] as const

export type Grants = {
  /** Values of `grant_type`, for the metadata of the server. */
  readonly names: readonly string[]
  /** @throws OAuthError */
  redeem(request: TokenRequest): Promise<TokenAnswer>
}

/** Finds the way that a request names, for a client that may go it. */
export function createGrants(deps: GrantDeps): Grants {
  const types = new Map(
    GRANT_TYPES.map((create): [string, GrantType] => {
      const type = create(deps)
      return [type.name, type]
    }),
  )
  return {
    names: [...types.keys()],
    async redeem(request) {
      const name = request.params['grant_type']
      if (name === undefined) throw new OAuthError('invalid_request', 'grant_type is missing')
      const type = types.get(name)
      // The password grant among them (RFC 9700 §2.4: MUST NOT).
      if (!type)
        throw new OAuthError('unsupported_grant_type', `grant_type must be of: ${[...types.keys()].join(', ')}`)
      // ASVS 5.0, 10.4.4.
      if (!request.client.grantTypes.includes(name)) {
        throw new OAuthError('unauthorized_client', 'The client is not registered for this grant_type')
      }
      return type.handle(request)
    },
  }
}
