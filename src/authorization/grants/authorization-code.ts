import { codeChallenge, hashSecret, randomToken } from '#crypto'
import { narrowResource } from '../checks/check-resource.ts'
import { GATEWAY_CLIENT } from '../clients/gateway-client-id.ts'
import { OAuthError } from '../errors.ts'
import type { Params } from '../parameters.ts'
import { findCode, redeemCode } from '../store/authorization-code.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import { answerForUser } from './answer.ts'
import type { GrantDeps, GrantType } from './grant-type.ts'
import { GRANT_SECONDS, REFRESH_IDLE_SECONDS, SHORT_GRANT_SECONDS } from './lifetimes.ts'
import { newRefreshToken } from './refresh-token.ts'

/** `unreserved`, 43 to 128 of them (RFC 7636 §4.1). */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/

/** Scanners for leaked secrets find it by the prefix. */
export function newCode(): string {
  return `tra_${randomToken()}`
}

/** RFC 6749 §4.1.3. */
export function authorizationCode(deps: GrantDeps): GrantType {
  const tables = deps.database.tables<AuthorizationTables>()

  /** Why not, and what follows from it: a code that comes twice was stolen, before or now (RFC 6749 §4.1.2, §10.5). */
  async function refuse(codeHash: Buffer, clientId: string, sent: Sent): Promise<never> {
    const code = await findCode(tables, codeHash)
    if (code?.isRedeemed) {
      await deps.tokens.revokeGrant({ id: code.grantId, clientId: code.clientId })
      deps.log.warn(
        { grant: code.grantId, client: code.clientId, by: clientId },
        'A code came twice: its grant is revoked',
      )
      throw new OAuthError('invalid_grant', 'The code was used before. What was issued for it is revoked')
    }
    if (!code || code.clientId !== clientId || code.isOver) {
      throw new OAuthError('invalid_grant', 'The code is unknown, expired, or of another client')
    }
    if (sent.redirectUri !== undefined && sent.redirectUri !== code.redirectUri) {
      throw new OAuthError('invalid_grant', 'redirect_uri is not the one of the authorization request')
    }
    if ((code.codeChallenge ?? undefined) !== sent.challenge) throw new OAuthError('invalid_grant', whyNot(code, sent))
    narrowResource(sent.resources, code.resources)
    // Between the two statements somebody else redeemed it, or its time ran out.
    throw new OAuthError('invalid_grant', 'The code is unknown, expired, or of another client')
  }

  return {
    name: 'authorization_code',
    async handle({ client, params, resources }) {
      const { code, redirect_uri: redirectUri } = params
      if (code === undefined) throw new OAuthError('invalid_request', 'code is missing')
      const codeHash = hashSecret(code)
      const challenge = challengeOf(params)
      const fresh = client.grantTypes.includes('refresh_token') ? newRefreshToken() : undefined
      const redeemed = await redeemCode(deps.database, {
        codeHash,
        clientId: client.id,
        redirectUri,
        codeChallenge: challenge,
        resources,
        refreshTokenHash: fresh === undefined ? undefined : hashSecret(fresh),
        idleSeconds: REFRESH_IDLE_SECONDS,
        grantSeconds: GRANT_SECONDS,
        // A session at the gateway lasts as long as the one here, and has no tokens to renew.
        shortGrantSeconds: client.id === GATEWAY_CLIENT ? GRANT_SECONDS : SHORT_GRANT_SECONDS,
      })
      if (!redeemed) return refuse(codeHash, client.id, { redirectUri, challenge, resources })
      const { isRefreshable, ...grant } = redeemed
      const user = grant.ownerId === null ? undefined : await deps.accounts.user(grant.ownerId)
      if (!user) throw new OAuthError('invalid_grant', 'The account is not there any more')
      const audience = narrowResource(resources, grant.resources)
      const refreshToken = isRefreshable ? fresh : undefined
      return answerForUser(deps.tokens, { client, grant, user, scopes: grant.scopes, audience, refreshToken, code })
    },
  }
}

type Sent = {
  readonly redirectUri: string | undefined
  readonly challenge: string | undefined
  readonly resources: readonly string[]
}

/** What the verifier answers to; one that has not the form of a verifier answers to nothing (RFC 7636 §4.6). */
function challengeOf(params: Params): string | undefined {
  const verifier = params['code_verifier']
  if (verifier === undefined) return undefined
  if (!VERIFIER.test(verifier)) throw new OAuthError('invalid_grant', 'code_verifier is not one of RFC 7636')
  return codeChallenge(verifier)
}

function whyNot(code: { readonly codeChallenge: string | null }, sent: Sent): string {
  if (sent.challenge === undefined) return 'code_verifier is missing'
  // A downgrade: somebody took the challenge out of the request on its way (RFC 9700 §4.8.2).
  if (code.codeChallenge === null) return 'There was no code_challenge to this code_verifier'
  return 'code_verifier does not match'
}
