import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '#base'
import { failure } from '../errors.ts'
import { readTokenAnswer, type TokenAnswer } from '../oauth/token-answer.ts'
import { refreshForm, tokenRequest } from '../oauth/token-request.ts'
import type { Provider } from '../provider/provider.ts'
import { type ConnectionRow, findConnection, findOwner } from '../store/connection.ts'
import { prolongLease, releaseLease, storeRenewed, takeLease } from '../store/connection-lease.ts'
import { abandonAttempts, beginAttempt, finishAttempt } from '../store/refresh-attempt.ts'
import type { RenewDeps } from './deps.ts'
import { connectionGone, needsReconnect, stillCoolingDown } from './ended.ts'
import { openSealed } from './open-sealed.ts'
import { settleFailure } from './settle-failure.ts'

/** Longer than the provider's time-out of 30 s, so that whoever waits gets what the holder brings. */
const WAIT_MS = 50_000
const BEAT_MS = 1000
const POLL_MS = 50

/**
 * Renews a connection's tokens, once among all processes (facts on Nango §2.1: a fenced lease, no transaction held open
 * during the call, the version as guard of the write).
 *
 * @returns the row with a version newer than `seen`, whoever renewed it.
 * @throws Failure
 */
export async function renew(deps: RenewDeps, provider: Provider, seen: ConnectionRow): Promise<ConnectionRow> {
  const lease = { connectionId: seen.id, holder: newId() }
  const theirs = await waitForLease(deps, provider, seen, lease)
  if (theirs) return theirs
  // One that stands still for longer than the lease loses it; the guard on the version survives that.
  const beat = setInterval(() => {
    prolongLease(deps.tables, lease).catch((error: unknown) => {
      deps.log.warn({ connection: seen.id, error: String(error) }, 'A lease could not be prolonged')
    })
  }, BEAT_MS)
  try {
    // Somebody may have renewed it between our reading and our lease.
    return newer(provider, seen, await findConnection(deps.tables, seen)) ?? (await ask(deps, provider, seen))
  } finally {
    clearInterval(beat)
    await releaseLease(deps.tables, lease).catch((error: unknown) => {
      // It ends by itself.
      deps.log.warn({ connection: seen.id, error: String(error) }, 'A lease could not be released')
    })
  }
}

/** Waits until the lease is ours (undefined) or somebody else has done the work (their row). */
async function waitForLease(
  deps: RenewDeps,
  provider: Provider,
  seen: ConnectionRow,
  lease: { readonly connectionId: string; readonly holder: string },
): Promise<ConnectionRow | undefined> {
  const end = performance.now() + WAIT_MS
  while (!(await takeLease(deps.tables, lease))) {
    const row = await findConnection(deps.tables, seen)
    const theirs = newer(provider, seen, row)
    if (theirs) return theirs
    if (row && row.coolDown > 0) throw stillCoolingDown(provider, row)
    if (performance.now() > end) {
      const message = 'The access to this account is being renewed and that takes long. It is tried again in a moment.'
      throw failure('connection_busy', message, { connectionId: seen.id })
    }
    await sleep(POLL_MS * (1 + deps.random()))
  }
  return undefined
}

/** The row if it has moved on since it was seen. @throws Failure when it is gone, or dead. */
function newer(provider: Provider, seen: ConnectionRow, row: ConnectionRow | undefined): ConnectionRow | undefined {
  if (!row) throw connectionGone(seen.id)
  if (row.status === 'needs_reconnect') throw needsReconnect(provider, row)
  return row.tokenVersion === seen.tokenVersion ? undefined : row
}

async function ask(deps: RenewDeps, provider: Provider, row: ConnectionRow): Promise<ConnectionRow> {
  const attempt = { id: newId(), connectionId: row.id, tokenVersion: row.tokenVersion }
  await beginAttempt(deps.tables, attempt)
  let answer: TokenAnswer
  try {
    answer = await askProvider(deps, provider, row)
  } catch (error) {
    return settleFailure(deps, provider, row, { attempt, error })
  }
  await store(deps, row, answer)
  await finishAttempt(deps.tables, { id: attempt.id, outcome: 'renewed' })
  await abandonAttempts(deps.tables, attempt)
  const renewed = await findConnection(deps.tables, row)
  if (!renewed) throw connectionGone(row.id)
  return renewed
}

async function askProvider(deps: RenewDeps, provider: Provider, row: ConnectionRow): Promise<TokenAnswer> {
  if (row.sealedRefreshToken === null) throw new Error('a connection without a refresh token cannot be renewed')
  const sealed = row.sealedRefreshToken
  const refreshToken = await openSealed(deps, provider, row, () => deps.vault.openRefreshToken(sealed, row))
  const request = tokenRequest(provider, refreshForm(refreshToken), 'renew an access token')
  return readTokenAnswer(await deps.calls.send(provider, request, { waits: 'run' }), provider, deps.clock.now())
}

const STORE_TRIES = 5

/** The answer may be the only one there will ever be: a database that stumbles is asked again. */
async function store(deps: RenewDeps, row: ConnectionRow, answer: TokenAnswer): Promise<void> {
  let { ownerId } = row
  for (let tried = 1; ; tried += 1) {
    try {
      if (await storeRenewed(deps.tables, sealedFor(deps, { ...row, ownerId }, answer))) return
      // Who lost the lease may find that a guest's account has become a user's meanwhile: it is sealed for that one.
      const now = await findOwner(deps.tables, row.id)
      if (now === undefined || now === ownerId) return
      ownerId = now
    } catch (error) {
      if (tried === STORE_TRIES) throw error
      deps.log.warn({ connection: row.id, error: String(error) }, 'Renewed tokens could not be stored; trying again')
      await sleep(100 * 2 ** tried)
    }
  }
}

function sealedFor(deps: RenewDeps, row: ConnectionRow, answer: TokenAnswer) {
  const { accessToken, refreshToken, expiresIn, scopes } = answer
  return {
    connectionId: row.id,
    ownerId: row.ownerId,
    seenVersion: row.tokenVersion,
    sealedAccessToken: deps.vault.sealAccessToken(accessToken, row),
    // No new one means that the old one stays (RFC 6749 §6).
    sealedRefreshToken: refreshToken === undefined ? null : deps.vault.sealRefreshToken(refreshToken, row),
    expiresIn,
    grantedScopes: scopes ?? null,
  }
}
