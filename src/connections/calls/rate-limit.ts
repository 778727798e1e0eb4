import { Failure } from '#base'
import { OutboundFailure, type OutboundResponse, parseRetryAfter } from '#outbound'

/** What a 429 says: for how long, and whom it is meant for. */
export type RateLimit = {
  /** For who asked. */
  readonly seconds: number
  /** For everybody; undefined: it is the limit of the account that asked. */
  readonly everybodySeconds: number | undefined
  /** Discord counts it when it looks for addresses to block: all but those of scope `shared` ("Invalid Request Limit"). */
  readonly isCounted: boolean
}

/** When it does not say for how long. */
const USUAL_WAIT_SECONDS = 30
/** A longer pause is cut to this: so far ahead asking once more does no harm. Runs wait no longer either. */
const MOST_WAIT_SECONDS = 3600
/** Who is not the provider itself, or speaks of one resource, does not stop everybody for longer than this. */
const MOST_UNSAID_SECONDS = 60

/**
 * Reads a 429 (Discord, "Rate Limits"; RFC 6585 §4). The wait is whole seconds in `Retry-After`, or a float of seconds
 * in a JSON body, which is more exact. Scope `user` is the limit of one account; any other is everybody's: said to
 * be `global` for the whole time, else (`shared`, or none at all, as from a proxy in between) for a minute at most.
 *
 * @returns `response`: the same answer, its body still to be read, with that wait as its `retry-after`.
 */
export async function readRateLimit(
  response: OutboundResponse,
  now: Date,
): Promise<{ limit: RateLimit; response: OutboundResponse }> {
  const bytes = await readBody(response)
  const body = parseObject(bytes)
  const { headers } = response
  const said = body['retry_after']
  const exact = typeof said === 'number' && said >= 0 ? milliseconds(Math.min(said, MOST_WAIT_SECONDS)) : undefined
  const wait = [exact, headers.get('retry-after'), headers.get('x-ratelimit-reset-after')]
    .map((text) => parseRetryAfter(text, now))
    .find((seconds) => seconds !== undefined)
  const seconds = Math.min(wait ?? USUAL_WAIT_SECONDS, MOST_WAIT_SECONDS)
  const scope = headers.get('x-ratelimit-scope')
  const isGlobal = scope === 'global' || headers.get('x-ratelimit-global') === 'true' || body['global'] === true
  const unsaid = scope === 'user' ? undefined : Math.min(seconds, MOST_UNSAID_SECONDS)
  const limit = { seconds, everybodySeconds: isGlobal ? seconds : unsaid, isCounted: scope !== 'shared' }
  return { limit, response: readAlready(response, bytes, String(seconds)) }
}

/** Never with an exponent, which headers do not know. */
const milliseconds = (seconds: number) => String(Number(seconds.toFixed(3)))

/** A body that breaks off says nothing; the status has said enough. */
async function readBody(response: OutboundResponse): Promise<Buffer> {
  return response.bytes().catch((error: unknown) => {
    if (error instanceof Failure && error.data.kind !== 'cancelled') return Buffer.alloc(0)
    throw error
  })
}

function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

function readAlready(response: OutboundResponse, bytes: Buffer, retryAfter: string): OutboundResponse {
  const isWait = (name: string) => name.toLowerCase() === 'retry-after'
  const { status, url, headers } = response
  return {
    status,
    url,
    headers: {
      get: (name) => (isWait(name) ? retryAfter : headers.get(name)),
      getAll: (name) => (isWait(name) ? [retryAfter] : headers.getAll(name)),
    },
    body: once(bytes),
    bytes: async () => bytes,
    text: async () => bytes.toString('utf8'),
    json: async () => {
      try {
        return JSON.parse(bytes.toString('utf8'))
      } catch {
        const message = `${new URL(url).host} did not answer with JSON, as it usually does. It is asked again in a moment.`
        throw new OutboundFailure('upstream_not_json', message, { phase: 'answered', hint: 'a 429 without JSON' })
      }
    },
    discard: async () => {},
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
