import { hostAndPort } from '#base'
import { type Outbound, type OutboundResponse, unexpectedStatus } from '#outbound'
import { apiFailure } from '../errors.ts'
import type { DrawOptions } from './options.ts'

const MOST_ANSWER_BYTES = 1_000_000

export type ServerRequest = {
  readonly url: string
  readonly style: string
  readonly options: DrawOptions
  readonly timeoutSeconds: number
  readonly signal: AbortSignal | undefined
  /** For `Retry-After` with a date. */
  readonly now: Date
}

/**
 * Asks a DiceBear server, https://www.dicebear.com/how-to-use/http-api/.
 *
 * @returns the SVG, which is whatever the server sent
 * @throws Failure of `#outbound`; `dicebear_answer_unusable` for what is no SVG, or lacks the background that was asked
 */
export async function askServer(outbound: Outbound, request: ServerRequest): Promise<string> {
  const { url, style, options, timeoutSeconds, signal } = request
  const response = await outbound.send({
    method: 'GET',
    url: `${url}/${style}/svg?${writeQuery(options)}`,
    hosts: [hostAndPort(url)],
    headers: { accept: 'image/svg+xml' },
    timeoutSeconds,
    maxBytes: MOST_ANSWER_BYTES,
    purpose: 'ask DiceBear for an avatar',
    ...(signal ? { signal } : {}),
  })
  if (response.status !== 200) throw await unexpectedStatus(response, request.now)
  const svg = await readSvg(response)
  const { backgroundColor } = options
  // A server drops an option that it does not know, and answers 200.
  if (backgroundColor !== undefined && !svg.toLowerCase().includes(`fill="#${backgroundColor}"`)) {
    throw unusable('left out the background colour', 'no such fill')
  }
  return svg
}

/** Every value by itself: `+` for a space, as `URLSearchParams` has it, is not read by all. Lists have commas. */
function writeQuery(options: DrawOptions): string {
  return Object.entries(options)
    .map(
      ([name, value]) =>
        `${name}=${[value]
          .flat()
          .map((one) => encodeURIComponent(one))
          .join(',')}`,
    )
    .join('&')
}

async function readSvg(response: OutboundResponse): Promise<string> {
  const type = response.headers.get('content-type') ?? ''
  if (!/^image\/svg\+xml\b/i.test(type)) {
    await response.discard()
    throw unusable('sent no SVG', `content-type ${type.slice(0, 100)}`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await response.bytes())
  } catch (error) {
    if (error instanceof TypeError) throw unusable('sent no SVG', 'not UTF-8')
    throw error
  }
}

function unusable(what: string, hint: string) {
  return apiFailure('dicebear_answer_unusable', `The DiceBear server ${what}.`, { hint })
}
