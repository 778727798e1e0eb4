import { Failure } from '#base'
import { OutboundFailure, type OutboundResponse, parseRetryAfter } from '#outbound'

/** What a 429 says: for how long, and whether it is meant for everybody or only for the account that asked. */
export type RateLimit = { readonly seconds: number; readonly everybody: boolean }

/** When it does not say for how long. */
const USUAL_WAIT_SECONDS = 30

/**
 * Reads a 429 (Discord, "Rate Limits"; RFC 6585 §4). The wait is whole seconds in `Retry-After`, or a float of seconds
 * in a JSON body, which is more exact. Scope `user` is the limit of one account; `shared`, `global`, or none at all, as
 * from a proxy in between, is everybody's.
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
  const exact = typeof said === 'number' && said >= 0 ? String(said) : undefined
  const wait = [exact, headers.get('retry-after'), headers.get('x-ratelimit-reset-after')]
    .map((text) => parseRetryAfter(text, now))
    .find((seconds) => seconds !== undefined)
  const seconds = wait ?? USUAL_WAIT_SECONDS
  const isGlobal = headers.get('x-ratelimit-global') === 'true' || body['global'] === true
  const everybody = isGlobal || headers.get('x-ratelimit-scope') !== 'user'
  return { limit: { seconds, everybody }, response: readAlready(response, bytes, String(seconds)) }
}

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
