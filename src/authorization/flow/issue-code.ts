import { newId } from '#base'
import { hashSecret } from '#crypto'
import type { AuthorizationRequest } from '../checks/check-request.ts'
import { OAuthError } from '../errors.ts'
import { newCode } from '../grants/authorization-code.ts'
import { CODE_SECONDS } from '../grants/lifetimes.ts'
import { insertCode } from '../store/authorization-code.ts'
import type { FlowDeps } from './deps.ts'
import type { Subject } from './subject.ts'

/** Codes of one person for one client that wait to be redeemed; many tabs at once need a few. */
const MOST_WAITING = 100

/**
 * Writes down what was allowed, and gives the code that stands for it. Nothing that was handed out is taken back for a
 * new one: where too many wait already, the client is told to come later (RFC 6749 §4.1.2.1).
 *
 * @throws OAuthError `temporarily_unavailable`
 */
export async function issueCode(deps: FlowDeps, request: AuthorizationRequest, subject: Subject): Promise<string> {
  const code = newCode()
  const isIssued = await insertCode(deps.database, {
    codeHash: hashSecret(code),
    redirectUri: request.redirectUri,
    codeChallenge: request.codeChallenge,
    codeSeconds: CODE_SECONDS,
    mostWaiting: MOST_WAITING,
    grant: {
      id: newId(),
      clientId: request.client.id,
      ownerId: subject.ownerId,
      scopes: request.scopes,
      resources: request.resources,
      claims: request.claims === undefined ? null : { ...request.claims },
      nonce: request.nonce ?? null,
      authTime: subject.authTime,
      amr: subject.amr,
      acr: null,
      sid: subject.sid,
    },
  })
  if (isIssued) return code
  throw new OAuthError(
    'temporarily_unavailable',
    `${MOST_WAITING} codes of this person wait to be redeemed; redeem them, or try again in ${CODE_SECONDS} seconds`,
  )
}

/** Whether refresh tokens will come of it; the rule that `store/authorization-code.ts` states in SQL. */
export function isLasting({ client, scopes }: Pick<AuthorizationRequest, 'client' | 'scopes'>): boolean {
  return (
    client.grantTypes.includes('refresh_token') && (!scopes.includes('openid') || scopes.includes('offline_access'))
  )
}
