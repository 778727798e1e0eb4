import { z } from 'zod'
import { Failure } from '#base'
import type { AccountHandle } from '#connections'
import { OutboundFailure, type OutboundResponse, parseRetryAfter } from '#outbound'
import { apiFailure } from '../errors.ts'

/** What REST endpoints say no with; OAuth endpoints have `error` in place of `code` (reference, "Error Messages"). */
const errorSchema = z.object({ code: z.number().optional() })

/** When Discord says "too many requests" but not for how long. */
const USUAL_WAIT_SECONDS = 30
/** Runs wait no longer than this, so nothing longer is said. */
const MOST_WAIT_SECONDS = 3600

/** The failure for an answer that Discord refused the request with. `message` is not looked at: it may repeat what was sent. */
export async function discordFailure(response: OutboundResponse, account: AccountHandle, now: Date): Promise<Failure> {
  const { status } = response
  const said = await readError(response)
  const hint = `status ${status}, ${said === undefined ? 'no JSON' : `code ${said.code ?? 'unknown'}`}`
  if (status === 429) {
    // The exact wait of the body ("Rate Limits") is in the header already, see `AccountHandle.send`.
    const said = parseRetryAfter(response.headers.get('retry-after'), now) ?? USUAL_WAIT_SECONDS
    const wait = Math.min(said, MOST_WAIT_SECONDS)
    const message = `Discord asks for a pause. Trivet goes on by itself in ${Math.ceil(wait)} seconds.`
    return apiFailure('discord_rate_limited', message, { retryAfter: wait, hint })
  }
  // A page in place of JSON is somebody's in between, mostly Cloudflare's.
  if (said === undefined || status >= 500 || status === 408) return discordUnavailable(hint)
  if (status === 401) {
    const message = `Discord no longer accepts the sign-in of ${account.name}. Reconnect the account to go on.`
    return apiFailure('discord_reconnect_needed', message, { connectionId: account.connectionId, hint })
  }
  const message = `Discord does not let Trivet look at the profile of ${account.name} (status ${status}). Start again, or use another account.`
  return apiFailure('discord_refused', message, { hint })
}

/** What went wrong on the way or with the answer's form; what is not Discord's doing comes back as it is. */
export function failedCall(error: unknown): unknown {
  if (error instanceof z.ZodError) return discordUnavailable(`unexpected answer: ${z.prettifyError(error)}`)
  if (error instanceof OutboundFailure && error.data.kind === 'transient') {
    return discordUnavailable(error.hint ?? error.data.code, error)
  }
  return error
}

function discordUnavailable(hint: string, cause?: unknown): Failure {
  const message = 'Discord does not answer as it should at the moment. It is tried again by itself.'
  return apiFailure('discord_unavailable', message, { hint, cause })
}

async function readError(response: OutboundResponse): Promise<z.infer<typeof errorSchema> | undefined> {
  const json: unknown = await response.json().catch((error: unknown) => {
    if (error instanceof Failure && error.data.kind === 'cancelled') throw error
  })
  return errorSchema.safeParse(json).data
}
