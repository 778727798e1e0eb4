import { createHash } from 'node:crypto'
import type { Clock } from '#base'
import type { JWTPayload, Signer } from '#crypto'
import type { Client } from '../clients/client.ts'
import type { Grant } from '../store/grant.ts'
import { authentication } from './authentication.ts'
import { ID_TOKEN_SECONDS } from './lifetimes.ts'
import type { People, TokenUser } from './people.ts'
import { requestedClaims } from './requested-claims.ts'

const TYP = 'JWT'

export type IdTokenRequest<User extends TokenUser = TokenUser> = {
  readonly client: Pick<Client, 'id' | 'idTokenAlg'>
  readonly grant: Pick<Grant, 'authTime' | 'acr' | 'amr' | 'nonce' | 'sid' | 'claims' | 'scopes'>
  readonly user: User
  /** Issued together with it. */
  readonly accessToken?: string | undefined
  readonly code?: string | undefined
}

/** Who an ID token of ours, perhaps of long ago, is about. */
export type IdTokenHint = { readonly sub: string; readonly aud: string; readonly sid: string | undefined }

/** ID tokens (OpenID Connect Core §2). */
export function createIdTokens<User extends TokenUser>(deps: {
  signer: Signer
  issuer: string
  clock: Clock
  people: Pick<People<User>, 'claimsOf'>
}) {
  const { signer, issuer, clock, people } = deps
  return {
    issue({ client, grant, user, accessToken, code }: IdTokenRequest<User>): Promise<string> {
      const now = Math.floor(clock.now().getTime() / 1000)
      // The protocol's own claims last: nothing that was asked for takes their place. One audience, so no `azp` (§2).
      const claims: JWTPayload = {
        ...requestedClaims({ grant, user, people }),
        iss: issuer,
        sub: user.publicId,
        aud: client.id,
        iat: now,
        exp: now + ID_TOKEN_SECONDS,
        ...authentication(grant),
        ...(grant.nonce === null ? {} : { nonce: grant.nonce }),
        ...(grant.sid === null ? {} : { sid: grant.sid }),
        ...(accessToken === undefined ? {} : { at_hash: halfHash(accessToken) }),
        ...(code === undefined ? {} : { c_hash: halfHash(code) }),
      }
      return signer.sign(claims, { typ: TYP, alg: client.idTokenAlg })
    },

    /** Also of one that has ended: it is a hint and proves nothing (RP-Initiated Logout §2, Core §3.1.2.1). */
    async readHint(token: string): Promise<IdTokenHint | undefined> {
      const claims = await signer.verify(token, { typ: TYP, issuer, expired: 'accepted' })
      if (typeof claims?.sub !== 'string' || typeof claims.aud !== 'string') return undefined
      return { sub: claims.sub, aud: claims.aud, sid: typeof claims['sid'] === 'string' ? claims['sid'] : undefined }
    },
  }
}

/** OpenID Connect Core §3.1.3.6: the left half of the hash that the algorithm uses; SHA-256 with RS256 and ES256 alike. */
function halfHash(text: string): string {
  return createHash('sha256').update(text, 'ascii').digest().subarray(0, 16).toString('base64url')
}
