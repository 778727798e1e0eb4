import type { Secret } from '#base'
import { OutboundFailure } from '#outbound'
import { checkIdToken } from '../oauth/id-token.ts'
import { fetchIdentity, type Identity } from '../oauth/identity.ts'
import { readTokenAnswer, type TokenAnswer } from '../oauth/token-answer.ts'
import { exchangeForm, tokenRequest } from '../oauth/token-request.ts'
import type { Provider } from '../provider/provider.ts'
import type { AuthorizationRequest } from '../store/authorization-request.ts'
import type { FlowDeps } from './deps.ts'

/** What a code was good for. */
export type Grant = {
  readonly answer: TokenAnswer
  readonly identity: Identity
  /** Canonical. */
  readonly scopes: readonly string[]
}

export class IdentityNotProved extends Error {}

/**
 * Exchanges the code and learns whose account it is: by the token that has just come, over a connection to the provider,
 * and by the ID token where there is one.
 *
 * @throws OAuthRefusal, OutboundFailure, Failure, IdentityNotProved
 */
export async function redeem(
  deps: FlowDeps,
  provider: Provider,
  request: AuthorizationRequest,
  code: Secret,
): Promise<Grant> {
  const verifier = deps.vault.openVerifier(request.sealedCodeVerifier, request)
  const form = exchangeForm(provider, { code, redirectUri: request.redirectUri, verifier })
  const caller = { waits: 'person', sessionId: request.sessionId } as const
  const send = () => deps.calls.send(provider, tokenRequest(provider, form, 'exchange a code'), caller)
  // A code works once (RFC 6749 §4.1.2): only what has certainly not been sent is sent again.
  const response = await send().catch((error: unknown) => {
    if (error instanceof OutboundFailure && error.phase === 'not_sent') return send()
    throw error
  })
  const now = deps.clock.now()
  const answer = await readTokenAnswer(response, provider, now)
  const ask = () =>
    fetchIdentity(deps.calls, provider, { token: answer.accessToken, sessionId: request.sessionId, now })
  const identity = await ask().catch((error: unknown) => {
    if (error instanceof OutboundFailure && error.data.kind === 'transient') return ask()
    throw error
  })
  const expected = {
    provider,
    scopes: request.requestedScopes,
    nonceHash: request.nonceHash,
    accountId: identity.id,
    now,
  }
  const wrong = checkIdToken(answer.idToken, expected)
  if (wrong !== undefined) throw new IdentityNotProved(wrong)
  return { answer, identity, scopes: answer.scopes ?? request.requestedScopes }
}
