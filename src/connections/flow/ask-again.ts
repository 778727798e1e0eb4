import type { Provider } from '../provider/provider.ts'
import { type AuthorizationRequest, finishAuthorizationRequest } from '../store/authorization-request.ts'
import { startRequest } from './begin.ts'
import type { FlowDeps } from './deps.ts'

/**
 * Once more with forced consent, and never twice: before an account without a refresh token is called connected (facts
 * §4, theme 4), and where a sign-in could not go unseen.
 *
 * @param loginHint the account to offer first, by its id at the provider
 */
export async function askAgain(
  deps: FlowDeps,
  provider: Provider,
  request: AuthorizationRequest,
  loginHint: string | undefined,
): Promise<string> {
  await finishAuthorizationRequest(deps.tables, { id: request.id, outcome: 'consent_again' })
  return startRequest(deps, provider, {
    purpose: request.purpose,
    caller: request,
    scopes: request.requestedScopes,
    returnTo: request.returnTo,
    deniedTo: request.deniedTo,
    expectedAccountId: request.expectedAccountId,
    loginHint,
    forcedConsent: true,
    chooseAccount: false,
  })
}
