import { newId, type Secret } from '#base'
import type { Provider } from '../provider/provider.ts'
import { missingScopes } from '../provider/scopes.ts'
import { type AuthorizationRequest, finishAuthorizationRequest } from '../store/authorization-request.ts'
import { type ConnectionRow, findConnectionOfAccount } from '../store/connection.ts'
import { insertConnection, reconnectConnection } from '../store/connection-write.ts'
import { announce } from './announce.ts'
import { askAgain } from './ask-again.ts'
import type { FlowDeps } from './deps.ts'
import { endFailed } from './failed.ts'
import { type Grant, redeem } from './redeem.ts'

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
    return endFailed(deps, provider, request, error)
  }
}

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
