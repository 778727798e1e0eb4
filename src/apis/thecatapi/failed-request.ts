import { z } from 'zod'
import type { Failure } from '#base'
import { OutboundFailure, type OutboundResponse, parseRetryAfter } from '#outbound'
import { apiFailure } from '../errors.ts'

const USUAL_WAIT_SECONDS = 60

/** The failure that a status other than 200 means; lets go of the body, which may be plain text (400, 401). */
export async function refusedRequest(response: OutboundResponse, now: Date): Promise<Failure> {
  await response.discard()
  const { status } = response
  const hint = `status ${status}`
  if (status === 429) {
    const retryAfter = readWait(response, now)
    const message = `The Cat API asks for a pause. Trivet goes on by itself in ${Math.ceil(retryAfter)} seconds.`
    return apiFailure('cat_api_rate_limited', message, { retryAfter, hint })
  }
  if (status === 401 || status === 403) {
    const message = 'The Cat API does not accept the key of this server. Its operator has to correct THECATAPI_KEY.'
    return apiFailure('cat_api_key_refused', message, { hint })
  }
  return unavailable(hint)
}

/** What went wrong on the way or with the answer's form; what is not The Cat API's doing comes back as it is. */
export function failedRequest(error: unknown): unknown {
  if (error instanceof z.ZodError) return unavailable(`unexpected answer: ${z.prettifyError(error)}`)
  const onTheWay = error instanceof OutboundFailure && error.data.kind === 'transient'
  return onTheWay ? unavailable(error.hint ?? error.data.code, error) : error
}

export function unavailable(hint: string, cause?: unknown): Failure {
  const message = 'The Cat API does not answer as it should at the moment. It is tried again by itself.'
  return apiFailure('cat_api_unavailable', message, { hint, cause })
}

/** It sends `Retry-After-Seconds`, which may have a fraction, and `RateLimit-Reset`, a time instead of seconds. */
function readWait(response: OutboundResponse, now: Date): number {
  for (const name of ['retry-after', 'retry-after-seconds', 'ratelimit-reset']) {
    const seconds = parseRetryAfter(response.headers.get(name), now)
    if (seconds !== undefined) return seconds
  }
  return USUAL_WAIT_SECONDS
}
