import { newId } from '#base'
import { hashSecret } from '#crypto'
import type { AuthorizationRequest } from '../checks/check-request.ts'
import { GATEWAY_CLIENT } from '../clients/gateway-client-id.ts'
import { newCode } from '../grants/authorization-code.ts'
import { CODE_SECONDS, GRANT_SECONDS, SHORT_GRANT_SECONDS } from '../grants/lifetimes.ts'
import { insertCode } from '../store/authorization-code.ts'
import type { FlowDeps } from './deps.ts'
import type { Subject } from './subject.ts'

/** Writes down what was allowed, and gives the code that stands for it. */
export async function issueCode(deps: FlowDeps, request: AuthorizationRequest, subject: Subject): Promise<string> {
  const code = newCode()
  await insertCode(deps.database, {
    codeHash: hashSecret(code),
    redirectUri: request.redirectUri,
    codeChallenge: request.codeChallenge,
    codeSeconds: CODE_SECONDS,
    // A session at the gateway lasts as long as the one here, and has no tokens.
    grantSeconds: isLasting(request) || request.client.id === GATEWAY_CLIENT ? GRANT_SECONDS : SHORT_GRANT_SECONDS,
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
  return code
}

/** Whether refresh tokens will come of it; the rule that `store/authorization-code.ts` states in SQL. */
export function isLasting({ client, scopes }: Pick<AuthorizationRequest, 'client' | 'scopes'>): boolean {
  return (
    client.grantTypes.includes('refresh_token') && (!scopes.includes('openid') || scopes.includes('offline_access'))
  )
}
