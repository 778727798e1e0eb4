import { Failure } from '#base'
import { OutboundFailure } from '#outbound'
import { isOurFault, OAuthRefusal } from '../oauth/oauth-refusal.ts'
import type { Provider } from '../provider/provider.ts'
import { type AuthorizationRequest, finishAuthorizationRequest } from '../store/authorization-request.ts'
import type { FlowDeps } from './deps.ts'
import { type ConnectErrorCode, outcomePath } from './outcome.ts'
import { IdentityNotProved } from './redeem.ts'

/**
 * Notes that nothing came of a code. @returns the page that says so.
 *
 * @throws whatever is not something that a provider did
 */
export async function endFailed(
  deps: FlowDeps,
  provider: Provider,
  request: AuthorizationRequest,
  error: unknown,
): Promise<string> {
  const outcome = meaningOf(error)
  if (outcome === undefined) {
    await finishAuthorizationRequest(deps.tables, { id: request.id, outcome: 'provider_unavailable' })
    throw error
  }
  const hint = error instanceof Error ? error.message : undefined
  const { purpose } = request
  deps.log.warn({ provider: provider.definition.id, purpose, code: outcome, hint }, 'An answer could not be used')
  await finishAuthorizationRequest(deps.tables, { id: request.id, outcome })
  return outcomePath(request)
}

/** Undefined: not something that a provider did. */
function meaningOf(error: unknown): ConnectErrorCode | undefined {
  if (error instanceof IdentityNotProved) return 'identity_not_proved'
  if (error instanceof OAuthRefusal) {
    if (error.error === 'redirect_uri_mismatch') return 'redirect_uri_refused'
    return isOurFault(error.error) ? 'provider_misconfigured' : 'provider_refused'
  }
  // Asked for by the provider, or by our own budget.
  if (error instanceof Failure && error.data.kind === 'rate_limited') return 'provider_busy'
  if (error instanceof OutboundFailure) return 'provider_unavailable'
  return undefined
}
