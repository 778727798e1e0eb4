import { OutboundFailure } from './errors.ts'
import type { OutboundResponse } from './response.ts'
import { parseRetryAfter } from './retry-after.ts'

/** When a server says "too many requests" but not for how long. */
const USUAL_WAIT_SECONDS = 30

/**
 * The failure for a status that a client has no better word for; lets go of the body. 429 and 503 with `Retry-After`
 * are waited out, 408 and 5xx tried again, the rest is final.
 */
export async function unexpectedStatus(response: OutboundResponse, now: Date): Promise<OutboundFailure> {
  await response.discard()
  const { status } = response
  const { host } = new URL(response.url)
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'), now)
  const options = { phase: 'answered', hint: `status ${status}` } as const
  if (status === 429 || (status === 503 && retryAfter !== undefined)) {
    const wait = retryAfter ?? USUAL_WAIT_SECONDS
    const message = `${host} asks for a pause. Trivet goes on in ${Math.ceil(wait)} seconds.`
    return new OutboundFailure('upstream_rate_limited', message, { ...options, retryAfter: wait })
  }
  if (status >= 500 || status === 408) {
    const message = `${host} has a problem of its own (status ${status}). It is asked again in a moment.`
    return new OutboundFailure('upstream_unavailable', message, options)
  }
  const message = `${host} refused the request (status ${status}).`
  return new OutboundFailure('upstream_refused', message, options)
}
