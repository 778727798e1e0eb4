import type { Clock } from '#base'
import type { Signer } from '#crypto'
import type { Who } from '../authenticate/who.ts'

/** Of the header (RFC 8725 §3.11): no other token has it, and no door of this server takes it. */
export const IDENTITY_TYP = 'trivet-identity+jwt'
/** Long enough for a queue in front of the upstream; whoever finds one in a log comes too late. */
const SECONDS = 60

/** The `iss` of identity tokens: another one than that of all tokens that apps get (security §10.2). */
export function identityIssuer(publicUrl: string): string {
  return `${publicUrl}/gateway`
}

/** Signs who calls, for one upstream, by a key that signs nothing else. */
export function createIdentityTokens(deps: {
  readonly signer: Pick<Signer, 'sign'>
  readonly publicUrl: string
  readonly clock: Clock
}) {
  return {
    /** @param audience of the route: what one upstream got opens no other */
    issue(who: Who, audience: string): Promise<string> {
      const now = Math.floor(deps.clock.now().getTime() / 1000)
      const claims = {
        iss: identityIssuer(deps.publicUrl),
        aud: audience,
        sub: who.subject,
        iat: now,
        exp: now + SECONDS,
        // Whose user that is: this server's, or another one's that the route trusts.
        subject_issuer: who.issuer,
        ...(who.isUser ? { preferred_username: who.username } : {}),
        ...(who.clientId === undefined ? {} : { client_id: who.clientId }),
        ...(who.scopes.length === 0 ? {} : { scope: who.scopes.join(' ') }),
        ...(who.authTime === undefined ? {} : { auth_time: who.authTime }),
        ...(who.acr === undefined ? {} : { acr: who.acr }),
      }
      return deps.signer.sign(claims, { typ: IDENTITY_TYP, alg: 'ES256' })
    },
  }
}
