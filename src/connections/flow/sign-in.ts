import type { ProvedIdentity } from '#accounts'
import type { Secret } from '#base'
import type { Caller } from '#http'
import type { Provider } from '../provider/provider.ts'
import { requireSetUp } from '../provider/require-provider.ts'
import { requestedScopes } from '../provider/scopes.ts'
import { signInProvider } from '../provider/sign-in-provider.ts'
import { type AuthorizationRequest, finishAuthorizationRequest } from '../store/authorization-request.ts'
import { startRequest } from './begin.ts'
import type { FlowDeps } from './deps.ts'
import { endFailed } from './failed.ts'
import { redeem } from './redeem.ts'

/** Who came back, for the room that knows people. @returns where to go, by 303 */
export type Arrive = (arrived: {
  readonly purpose: 'login' | 'link'
  readonly identity: ProvedIdentity
  readonly deniedTo: string
}) => Promise<string>

/** Asks a provider who somebody is, and for nothing else. @returns where the browser goes. @throws Problem */
export async function beginSignIn(
  deps: FlowDeps,
  provider: Provider,
  beginning: {
    readonly purpose: 'login' | 'link'
    readonly caller: Caller
    readonly returnTo: string
    readonly deniedTo: string
  },
): Promise<string> {
  requireSetUp(provider)
  const { caller } = beginning
  // Who is somebody here already is to see at the provider which account it will be, and not to pass by unseen.
  const isSomebody = caller.kind === 'user'
  return startRequest(deps, provider, {
    ...beginning,
    scopes: requestedScopes(provider.definition, []),
    expectedAccountId: null,
    loginHint: undefined,
    forcedConsent: isSomebody,
    chooseAccount: isSomebody,
  })
}

/** From the code to somebody's identity. Its tokens have done what they were for, and are kept nowhere. */
export async function completeSignIn(
  deps: FlowDeps,
  provider: Provider,
  answered: { readonly request: AuthorizationRequest; readonly code: Secret; readonly arrive: Arrive },
): Promise<string> {
  const { request, code, arrive } = answered
  const { id, purpose, deniedTo } = request
  const known = signInProvider(provider)
  const grant = await redeem(deps, provider, request, code).catch((error: unknown) => ({ error }))
  if ('error' in grant) return endFailed(deps, provider, request, grant.error)
  if (purpose === 'connect' || !known) throw new Error(`an answer to ${purpose} signs nobody in`)
  const identity = { provider: known, subject: grant.identity.id, name: grant.identity.name }
  const returnTo = await arrive({ purpose, identity, deniedTo })
  await finishAuthorizationRequest(deps.tables, { id, outcome: 'signed_in', returnTo })
  return returnTo
}
