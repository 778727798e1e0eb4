import { setTimeout as sleep } from 'node:timers/promises'
import { backoff } from '#base'
import { OutboundFailure } from '#outbound'
import { isOurFault, OAuthRefusal } from '../oauth/oauth-refusal.ts'
import type { Provider } from '../provider/provider.ts'
import { type ConnectionRow, findConnection } from '../store/connection.ts'
import { coolDown, markDead } from '../store/connection-lease.ts'
import { type AttemptOutcome, abandonAttempts, finishAttempt, otherAttempts } from '../store/refresh-attempt.ts'
import type { RenewDeps } from './deps.ts'
import { connectionGone, needsReconnect, renewalFailed } from './ended.ts'
import { diagnose } from './reasons.ts'

type Attempt = { readonly id: string; readonly connectionId: string; readonly tokenVersion: number }

const MISCONFIGURED_SECONDS = 60
const USUAL_PAUSE_SECONDS = 30
const OTHERS_MS = 60_000
const OTHERS_POLL_MS = 250

/**
 * Decides what a failed renewal means: dead grant, our client misconfigured, a pause asked for, or a bad moment.
 *
 * @returns the row, when somebody else has renewed it in the meantime.
 * @throws Failure
 */
export async function settleFailure(
  deps: RenewDeps,
  provider: Provider,
  row: ConnectionRow,
  failed: { readonly attempt: Attempt; readonly error: unknown },
): Promise<ConnectionRow> {
  const { attempt, error } = failed
  if (error instanceof OAuthRefusal) {
    if (error.error === 'invalid_grant' || provider.definition.deadGrant?.codes?.includes(error.error)) {
      return settleRefusedGrant(deps, provider, row, attempt)
    }
    const isOurs = isOurFault(error.error)
    throw await pause(deps, provider, row, {
      attempt,
      error,
      code: isOurs ? 'provider_misconfigured' : 'provider_unavailable',
      seconds: isOurs ? MISCONFIGURED_SECONDS : pauseAfter(deps, row),
      outcome: 'failed',
    })
  }
  if (error instanceof OutboundFailure) throw await pauseAfterCall(deps, provider, row, { attempt, error })
  await finishAttempt(deps.tables, { id: attempt.id, outcome: 'failed' })
  throw error
}

/**
 * `invalid_grant` is the end only when nobody else has renewed the same tokens meanwhile: a rotated token looks just
 * the same (facts §2.1: what other projects keep rediscovering).
 */
async function settleRefusedGrant(
  deps: RenewDeps,
  provider: Provider,
  row: ConnectionRow,
  attempt: Attempt,
): Promise<ConnectionRow> {
  await finishAttempt(deps.tables, { id: attempt.id, outcome: 'refused' })
  const end = performance.now() + OTHERS_MS
  for (;;) {
    const fresh = await findConnection(deps.tables, row)
    if (!fresh) throw connectionGone(row.id)
    if (fresh.tokenVersion !== row.tokenVersion) return fresh
    const others = await otherAttempts(deps.tables, attempt)
    if (others.underWay && performance.now() < end) {
      await sleep(OTHERS_POLL_MS)
      continue
    }
    const reason = diagnose(provider.definition, row, others)
    // Lost against a newer version: the next round finds it.
    if (!(await markDead(deps.tables, { connectionId: row.id, seenVersion: row.tokenVersion, reason }))) continue
    await abandonAttempts(deps.tables, attempt)
    deps.log.info({ connection: row.id, provider: provider.definition.id, reason }, 'A connection has ended')
    throw needsReconnect(provider, { ...row, reason })
  }
}

async function pauseAfterCall(
  deps: RenewDeps,
  provider: Provider,
  row: ConnectionRow,
  failed: { readonly attempt: Attempt; readonly error: OutboundFailure },
) {
  const { code, retryAfter } = failed.error.data
  if (code === 'upstream_rate_limited') {
    const seconds = Math.max(1, retryAfter ?? USUAL_PAUSE_SECONDS)
    return pause(deps, provider, row, { ...failed, code: 'provider_busy', seconds, outcome: 'failed' })
  }
  const lost = failed.error.phase !== 'not_sent'
  const seconds = pauseAfter(deps, row)
  const { graceSeconds } = provider.definition.tokens
  return pause(deps, provider, row, {
    ...failed,
    code: 'provider_unavailable',
    // A rotated token whose successor was lost still works for a while: the next try has to fall into that.
    seconds: lost && graceSeconds !== undefined ? Math.min(seconds, graceSeconds / 2) : seconds,
    outcome: lost ? 'no_answer' : 'failed',
  })
}

async function pause(
  deps: RenewDeps,
  provider: Provider,
  row: ConnectionRow,
  failed: {
    readonly attempt: Attempt
    readonly error: Error
    readonly code: 'provider_misconfigured' | 'provider_busy' | 'provider_unavailable'
    readonly seconds: number
    readonly outcome: AttemptOutcome
  },
) {
  const { code, seconds, error } = failed
  await finishAttempt(deps.tables, { id: failed.attempt.id, outcome: failed.outcome })
  await coolDown(deps.tables, { connectionId: row.id, seenVersion: row.tokenVersion, seconds, failure: code })
  deps.log.warn(
    { connection: row.id, provider: provider.definition.id, code, seconds, error: error.message },
    'A connection could not be renewed',
  )
  return renewalFailed(provider, row, code, { retryAfter: Math.ceil(seconds), hint: error.message, cause: error })
}

function pauseAfter(deps: RenewDeps, row: ConnectionRow): number {
  return backoff(row.refreshFailures + 1, { first: 2, most: 60, random: deps.random })
}
