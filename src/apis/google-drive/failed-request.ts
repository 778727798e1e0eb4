import { z } from 'zod'
import { Failure } from '#base'
import type { AccountHandle } from '#connections'
import { OutboundFailure, type OutboundResponse, parseRetryAfter } from '#outbound'
import { apiFailure } from '../errors.ts'

const errorSchema = z.object({
  error: z.object({
    status: z.string().optional(),
    errors: z.array(z.object({ reason: z.string() })).optional(),
  }),
})

/** Quota is counted by the minute (Drive guide, "usage limits"). */
const USUAL_WAIT_SECONDS = 15
const DAILY_LIMIT_WAIT_SECONDS = 3600

/** A word from Drive's list of reasons; a token has digits and marks in it, and goes into no log. */
const WORD = /^[A-Za-z_]{1,60}$/

/**
 * The reason that Drive gives, such as `storageQuotaExceeded`. `domain` is not looked at, it changed over the years; nor
 * is `message`, which may repeat what was sent.
 */
export async function readReason(response: OutboundResponse): Promise<{ reason: string | undefined; hint: string }> {
  const json: unknown = await response.json().catch((error: unknown) => {
    if (error instanceof Failure && error.data.kind === 'cancelled') throw error
  })
  const body = errorSchema.safeParse(json).data?.error
  const said = body?.errors?.[0]?.reason ?? body?.status
  const reason = said !== undefined && WORD.test(said) ? said : undefined
  return { reason, hint: `status ${response.status}, ${reason ?? 'no known reason'}` }
}

/** The failure for an answer that Drive refused the request with (Drive guide, "resolve errors"). */
export function driveFailure(
  response: OutboundResponse,
  said: { reason: string | undefined; hint: string },
  account: AccountHandle,
  now: Date,
): Failure {
  const { status } = response
  const { reason, hint } = said
  const who = account.name
  switch (reason) {
    case 'storageQuotaExceeded':
      return apiFailure('drive_full', `The Drive of ${who} is full. Free some space there, then press Retry.`, { hint })
    case 'userRateLimitExceeded':
    case 'rateLimitExceeded':
    case 'sharingRateLimitExceeded':
      return rateLimited(response, hint, now, USUAL_WAIT_SECONDS)
    case 'dailyLimitExceeded':
    case 'dailyLimitExceededUnreg':
      return rateLimited(response, hint, now, DAILY_LIMIT_WAIT_SECONDS)
    case 'insufficientPermissions':
    case 'ACCESS_TOKEN_SCOPE_INSUFFICIENT':
      return apiFailure(
        'drive_permission_missing',
        `${who} has not allowed Trivet to save files in Drive. Allow it to go on.`,
        {
          connectionId: account.connectionId,
          hint,
        },
      )
    case 'accessNotConfigured':
    case 'SERVICE_DISABLED':
      return apiFailure(
        'drive_not_enabled',
        'The Google Drive API is not switched on for this server. Its operator has to enable it in the Google Cloud console; then press Retry.',
        { hint },
      )
    case 'domainPolicy':
      return apiFailure(
        'drive_blocked',
        `The organisation of ${who} does not let apps use Drive. Use another account.`,
        { hint },
      )
  }
  if (status === 401) {
    const message = `Google no longer accepts the sign-in of ${who}. Reconnect the account to go on.`
    return apiFailure('drive_reconnect_needed', message, { connectionId: account.connectionId, hint })
  }
  if (status === 429) return rateLimited(response, hint, now, USUAL_WAIT_SECONDS)
  if (status >= 500 || status === 408) return driveUnavailable(hint)
  return apiFailure(
    'drive_refused',
    `Google Drive refused this (status ${status}). Start again, or use another account.`,
    { hint },
  )
}

export function driveUnavailable(hint: string, cause?: unknown): Failure {
  const message = 'Google Drive has a problem at the moment. It is tried again by itself.'
  return apiFailure('drive_unavailable', message, { hint, cause })
}

/** An answer of the right status that is not what the reference says: a page of some proxy in between, usually. */
export function unreadableAnswer(error: unknown): unknown {
  if (error instanceof z.ZodError) return driveUnavailable(`unexpected answer: ${z.prettifyError(error)}`)
  if (error instanceof OutboundFailure && error.data.code === 'upstream_not_json')
    return driveUnavailable('no JSON', error)
  return error
}

function rateLimited(response: OutboundResponse, hint: string, now: Date, usual: number): Failure {
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'), now) ?? usual
  const message = `Google Drive asks for a pause. Trivet goes on by itself in ${Math.ceil(retryAfter)} seconds.`
  return apiFailure('drive_rate_limited', message, { retryAfter, hint })
}
