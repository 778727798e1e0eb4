import { Failure, newId, type Secret } from '#base'
import { OutboundFailure } from '#outbound'
import { checkIdToken } from '../oauth/id-token.ts'
import { fetchIdentity, type Identity } from '../oauth/identity.ts'
import { isOurFault, OAuthRefusal } from '../oauth/oauth-refusal.ts'
import { readTokenAnswer, type TokenAnswer } from '../oauth/token-answer.ts'
import { exchangeForm, tokenRequest } from '../oauth/token-request.ts'
import type { Provider } from '../provider/provider.ts'
import { missingScopes } from '../provider/scopes.ts'
import { type AuthorizationRequest, finishAuthorizationRequest } from '../store/authorization-request.ts'
import { type ConnectionRow, findConnectionOfAccount } from '../store/connection.ts'
import { insertConnection, reconnectConnection } from '../store/connection-write.ts'
import { announce } from './announce.ts'
import { askAgain } from './ask-again.ts'
import type { FlowDeps } from './deps.ts'
import { type ConnectErrorCode, outcomePath } from './outcome.ts'

type Grant = {
  readonly answer: TokenAnswer
  readonly identity: Identity
  /** Canonical. */
  readonly scopes: readonly string[]
}

/** From the code to a stored connection. @returns the path to go to next. */
export async function complete(
  deps: FlowDeps,
  provider: Provider,
  request: AuthorizationRequest,
  code: Secret,
): Promise<string> {
  try {
    const grant = await redeem(deps, provider, request, code)
    const existing = await findConnectionOfAccount(deps.tables, accountKey(provider, request, grant))
    if (lacksRefreshToken(provider, grant, existing) && !request.forcedConsent) {
      return await askAgain(deps, provider, request, grant.identity.id)
    }
    const connectionId = await store(deps, provider, request, grant)
    await finishAuthorizationRequest(deps.tables, { id: request.id, outcome: 'connected', connectionId })
    await announce(deps, request.ownerId, connectionId)
    const expected = request.expectedAccountId
    if (expected === null || expected === grant.identity.id) return request.returnTo
    return otherAccountPath(connectionId, request)
  } catch (error) {
    const outcome = meaningOf(error)
    if (outcome === undefined) {
      await finishAuthorizationRequest(deps.tables, { id: request.id, outcome: 'provider_unavailable' })
      throw error
    }
    const hint = error instanceof Error ? error.message : undefined
    deps.log.warn({ provider: provider.definition.id, code: outcome, hint }, 'An account could not be connected')
    await finishAuthorizationRequest(deps.tables, { id: request.id, outcome })
    return outcomePath(request)
  }
}

/** Exchanges the code and learns whose account it is. */
async function redeem(deps: FlowDeps, provider: Provider, request: AuthorizationRequest, code: Secret): Promise<Grant> {
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

class IdentityNotProved extends Error {}

/** No refresh token came, and none is stored that would open all of this. */
function lacksRefreshToken(provider: Provider, grant: Grant, existing: ConnectionRow | undefined): boolean {
  if (!provider.definition.offline || grant.answer.refreshToken !== undefined) return false
  if (existing?.status !== 'active' || existing.sealedRefreshToken === null) return true
  return missingScopes(grant.scopes, existing.grantedScopes).length > 0
}

function accountKey(provider: Provider, request: AuthorizationRequest, grant: Grant) {
  return {
    ownerId: request.ownerId,
    provider: provider.definition.id,
    issuer: provider.config.issuer,
    accountId: grant.identity.id,
  }
}

/** One row per owner and account, whoever comes first; each value sealed for the row it goes to. */
async function store(deps: FlowDeps, provider: Provider, request: AuthorizationRequest, grant: Grant): Promise<string> {
  const key = accountKey(provider, request, grant)
  for (;;) {
    const existing = await findConnectionOfAccount(deps.tables, key)
    const id = existing?.id ?? newId(deps.clock.now().getTime())
    const row = { id, ownerId: request.ownerId, ...sealed(deps, request, grant, { id, existing }) }
    const stored = existing
      ? await reconnectConnection(deps.tables, row)
      : await insertConnection(deps.tables, { ...row, ...key })
    if (stored) return id
  }
}

function sealed(
  deps: FlowDeps,
  request: AuthorizationRequest,
  { answer, identity, scopes }: Grant,
  { id, existing }: { readonly id: string; readonly existing: ConnectionRow | undefined },
) {
  const place = { id, ownerId: request.ownerId }
  return {
    accountName: identity.name,
    accountPicture: identity.picture,
    requestedScopes: [...new Set([...(existing?.requestedScopes ?? []), ...request.requestedScopes])].sort(),
    grantedScopes: scopes,
    sealedAccessToken: deps.vault.sealAccessToken(answer.accessToken, place),
    sealedRefreshToken:
      answer.refreshToken === undefined ? null : deps.vault.sealRefreshToken(answer.refreshToken, place),
    expiresIn: answer.expiresIn,
  }
}

function otherAccountPath(connectionId: string, request: AuthorizationRequest): string {
  const query = new URLSearchParams({ notice: 'other_account', connection: connectionId, continue: request.returnTo })
  return `/connections?${query}`
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
