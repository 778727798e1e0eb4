import { hostAndPort, isStorableText } from '#base'
import type { Outbound } from '#outbound'

/** §6.6 of the draft asks for 5 kB. */
const MOST_BYTES = 5 * 1024
const SECONDS = 5

/** A document is read again after at least five minutes and at most a day, whatever its server says (§5.2 leaves it to us). */
const LEAST_FRESH = 5 * 60
const USUAL_FRESH = 60 * 60
const MOST_FRESH = 24 * 60 * 60

/** What stands at the address of a client, and for how many seconds it counts. */
export type FetchedDocument = { readonly body: unknown; readonly freshSeconds: number }

/**
 * Through the guarded way out: the name is resolved once, public addresses only, no redirect, bounded in time and size.
 *
 * @throws Failure, or Error that says why it is no document
 */
export async function fetchDocument(
  outbound: Pick<Outbound, 'send'>,
  address: string,
  signal: AbortSignal,
): Promise<FetchedDocument> {
  const answer = await outbound.send({
    method: 'GET',
    url: address,
    headers: { accept: 'application/json' },
    hosts: [hostAndPort(address)],
    timeoutSeconds: SECONDS,
    maxBytes: MOST_BYTES,
    signal,
    purpose: 'read the metadata of a client',
  })
  const type = answer.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? 'missing'
  if (answer.status !== 200 || !/^application\/([\w.-]+\+)?json$/.test(type)) {
    await answer.discard()
    throw new Error(`status ${answer.status}, content type ${type}`)
  }
  const freshSeconds = freshFor(answer.headers.getAll('cache-control').join(','))
  return { body: requireStorable(await answer.json()), freshSeconds }
}

/** NUL and half characters, which PostgreSQL keeps in no text, stand behind escapes in JSON. @throws Error */
function requireStorable(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body), (name, value: unknown) => {
    if (isStorableText(name) && (typeof value !== 'string' || isStorableText(value))) return value
    throw new Error('it holds a character that is none')
  })
}

/** RFC 9111 §5.2.2, within our bounds. */
export function freshFor(cacheControl: string): number {
  if (/(^|[\s,])no-(store|cache)\b/i.test(cacheControl)) return LEAST_FRESH
  const said = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(cacheControl)?.[1]
  return Math.min(Math.max(Number(said ?? USUAL_FRESH), LEAST_FRESH), MOST_FRESH)
}
