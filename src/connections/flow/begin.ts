import { newId, Secret } from '#base'
import { hashSecret, randomToken } from '#crypto'
import { type Caller, parseReturnPath } from '#http'
import { problem } from '../errors.ts'
import { authorizeUrl } from '../oauth/authorize-url.ts'
import type { Provider } from '../provider/provider.ts'
import { requireSetUp } from '../provider/require-provider.ts'
import { missingScopes, requestedScopes } from '../provider/scopes.ts'
import { mayBeAlive } from '../refresh/reasons.ts'
import { insertAuthorizationRequest, type Purpose } from '../store/authorization-request.ts'
import { type ConnectionRow, findConnection, listConnections } from '../store/connection.ts'
import type { FlowDeps } from './deps.ts'

export type Beginning = {
  readonly caller: Pick<Caller, 'ownerId' | 'sessionId'>
  readonly scopes: readonly string[]
  readonly returnTo: string
  readonly deniedTo: string
  /** The connection to make again: the same account is expected. */
  readonly connectionId: string | undefined
  readonly chooseAccount: boolean
}

/** Notes what is asked for, by whom, in which browser. @returns where the browser goes. @throws Problem */
export async function begin(deps: FlowDeps, provider: Provider, beginning: Beginning): Promise<string> {
  const { definition } = provider
  requireSetUp(provider)
  const expected = await findExpected(deps, provider, beginning)
  const scopes = requestedScopes(definition, beginning.scopes)
  return startRequest(deps, provider, {
    purpose: 'connect',
    caller: beginning.caller,
    scopes,
    returnTo: requireReturnPath(deps, beginning.returnTo),
    deniedTo: requireReturnPath(deps, beginning.deniedTo),
    expectedAccountId: expected?.accountId ?? null,
    loginHint: expected?.accountId,
    forcedConsent: await isConsentNeeded(deps, provider, { ...beginning, expected, scopes }),
    chooseAccount: beginning.chooseAccount,
  })
}

export type Start = {
  readonly purpose: Purpose
  readonly caller: Pick<Caller, 'ownerId' | 'sessionId'>
  /** Canonical. */
  readonly scopes: readonly string[]
  readonly returnTo: string
  readonly deniedTo: string
  readonly expectedAccountId: string | null
  /** The account to offer first, by its id at the provider. */
  readonly loginHint: string | undefined
  readonly forcedConsent: boolean
  readonly chooseAccount: boolean
}

/** 256 random bits each for `state`, verifier and nonce; what is stored can compare them, and opens the verifier only. */
export async function startRequest(deps: FlowDeps, provider: Provider, start: Start): Promise<string> {
  const [state, nonce, verifier] = [randomToken(), randomToken(), randomToken()]
  const id = newId(deps.clock.now().getTime())
  const { ownerId, sessionId } = start.caller
  const { purpose } = start
  await insertAuthorizationRequest(deps.tables, {
    id,
    stateHash: hashSecret(state),
    purpose,
    sessionId,
    ownerId,
    provider: provider.definition.id,
    issuer: provider.config.issuer,
    redirectUri: provider.redirectUri,
    requestedScopes: start.scopes,
    expectedAccountId: start.expectedAccountId,
    forcedConsent: start.forcedConsent,
    sealedCodeVerifier: deps.vault.sealVerifier(new Secret(verifier), { id, ownerId }),
    nonceHash: hashSecret(nonce),
    returnTo: start.returnTo,
    deniedTo: start.deniedTo,
  })
  const { scopes, forcedConsent, chooseAccount, loginHint } = start
  const isSignIn = purpose !== 'connect'
  return authorizeUrl(provider, { scopes, state, nonce, verifier, forcedConsent, chooseAccount, loginHint, isSignIn })
}

async function findExpected(
  deps: FlowDeps,
  provider: Provider,
  { caller, connectionId }: Beginning,
): Promise<ConnectionRow | undefined> {
  if (connectionId === undefined) return undefined
  const row = await findConnection(deps.tables, { id: connectionId, ownerId: caller.ownerId })
  if (row && row.provider === provider.definition.id && row.issuer === provider.config.issuer) return row
  throw problem('connection_not_found', 'It may have been disconnected. The page of connections shows what is there.')
}

/**
 * Consent is asked for in so many words where something depends on it: a refresh token that comes with new consent only,
 * and holds what was granted then (`offline`); a consent page that is skipped otherwise (`silent`). It is not where a
 * grant that covers all of this is stored and, for all that is known, alive. Another account needs the page to change to.
 */
async function isConsentNeeded(
  deps: FlowDeps,
  provider: Provider,
  asked: Pick<Beginning, 'caller' | 'chooseAccount'> & {
    readonly expected: ConnectionRow | undefined
    readonly scopes: readonly string[]
  },
): Promise<boolean> {
  const { offline, silent } = provider.definition
  if (!offline && !silent) return false
  if (silent && asked.chooseAccount) return true
  const rows = asked.expected ? [asked.expected] : await listConnections(deps.tables, asked.caller.ownerId)
  return !rows.some(
    (row) =>
      row.provider === provider.definition.id &&
      row.issuer === provider.config.issuer &&
      mayBeAlive(row) &&
      (!offline || row.sealedRefreshToken !== null) &&
      missingScopes(asked.scopes, row.grantedScopes).length === 0,
  )
}

function requireReturnPath(deps: FlowDeps, text: string): string {
  const path = parseReturnPath(text, deps.publicUrl)
  if (path !== undefined) return path
  throw problem('bad_return_path', 'Start again from a page of this server.')
}
