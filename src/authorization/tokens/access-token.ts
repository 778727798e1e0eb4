import { randomUUID } from 'node:crypto'
import type { Clock } from '#base'
import type { JWTPayload, Signer } from '#crypto'
import type { Client } from '../clients/client.ts'
import type { Grant } from '../store/grant.ts'
import { authentication } from './authentication.ts'
import { ACCESS_TOKEN_SECONDS } from './lifetimes.ts'
import type { TokenUser } from './people.ts'

const TYP = 'at+jwt'

export type AccessTokenRequest = {
  readonly client: Pick<Client, 'id'>
  readonly grant: Pick<Grant, 'id' | 'authTime' | 'acr' | 'amr'>
  readonly scopes: readonly string[]
  /** One or more; never empty. */
  readonly audience: readonly string[]
  /** Absent where a client asks for itself. */
  readonly user?: TokenUser | undefined
}

/** A token that was signed here, for one of the audiences asked for, and that has not ended. */
export type AccessToken = {
  readonly clientId: string
  /** The user's `sub`; the client's id where there is no user. */
  readonly subject: string
  readonly isOfUser: boolean
  readonly scopes: readonly string[]
  readonly audience: readonly string[]
  readonly grantId: string
  /** All of it, by wire names. */
  readonly claims: JWTPayload
}

/** JWT access tokens (RFC 9068), ES256: 40 µs to sign, where RS256 takes 240. */
export function createAccessTokens(deps: { signer: Signer; issuer: string; clock: Clock }) {
  const { signer, issuer, clock } = deps
  return {
    async issue(request: AccessTokenRequest): Promise<{ token: string; expiresIn: number }> {
      const { client, grant, scopes, audience, user } = request
      const [only] = audience.length === 1 ? audience : []
      const now = Math.floor(clock.now().getTime() / 1000)
      const claims: JWTPayload = {
        iss: issuer,
        sub: user?.publicId ?? client.id,
        aud: only ?? [...audience],
        client_id: client.id,
        iat: now,
        exp: now + ACCESS_TOKEN_SECONDS,
        jti: randomUUID(),
        // §2.2.3: wherever a scope was granted.
        ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
        gid: grant.id,
        ...(user ? authentication(grant) : {}),
      }
      return { token: await signer.sign(claims, { typ: TYP, alg: 'ES256' }), expiresIn: ACCESS_TOKEN_SECONDS }
    },

    /** Signature, type, issuer, time and audience; whether it was revoked is not known here. */
    async read(token: string, audience?: string): Promise<AccessToken | undefined> {
      const claims = await signer.verify(token, { typ: TYP, issuer, audience, alg: ['ES256'] })
      return claims && accessTokenOf(claims)
    },
  }
}

function accessTokenOf(claims: JWTPayload): AccessToken | undefined {
  const { sub, aud, scope = '', client_id: clientId, gid: grantId } = claims
  if (typeof sub !== 'string' || aud === undefined) return undefined
  if (typeof clientId !== 'string' || typeof grantId !== 'string' || typeof scope !== 'string') return undefined
  return {
    ...{ clientId, subject: sub, grantId, claims },
    isOfUser: sub !== clientId,
    scopes: scope.split(' ').filter((one) => one !== ''),
    audience: [aud].flat(),
  }
}
