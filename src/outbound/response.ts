import type { Dispatcher } from 'undici'
import type { Deadline } from './deadline.ts'
import { OutboundFailure } from './errors.ts'

/** The headers of an answer. */
export type OutboundHeaders = {
  /** The first value of a header; names in any case. */
  get(name: string): string | undefined
  getAll(name: string): readonly string[]
}

/** An answer whose body has still to be read, once, by one of `body`, `bytes`, `text`, `json` or `discard`. */
export type OutboundResponse = {
  readonly status: number
  readonly headers: OutboundHeaders
  /** The address that answered, after redirects. */
  readonly url: string
  /** Bounded in size and time. @throws OutboundFailure `upstream_too_large`, `upstream_too_slow`, `upstream_broken_off` */
  readonly body: AsyncIterable<Uint8Array>
  bytes(): Promise<Buffer>
  text(): Promise<string>
  /** @throws OutboundFailure `upstream_not_json`, too */
  json(): Promise<unknown>
  /** Lets go of the body: a small rest is read, so that the connection can be used again; a large one is cut off. */
  discard(): Promise<void>
}

/** How much of an unwanted body is worth reading to keep a connection. */
const WORTH_DRAINING = 65_536

type Answer = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>

export function createResponse(
  answer: Answer,
  context: { url: URL; method: string; maxBytes: number; deadline: Deadline; fail: (error: unknown) => Error },
): OutboundResponse {
  const { url, deadline } = context
  const headers = readHeaders(answer.headers)
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      const declared = context.method === 'HEAD' ? 0 : Number(headers.get('content-length') ?? 0)
      if (declared > context.maxBytes) throw tooLarge(url.host, context.maxBytes)
      let received = 0
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        received += chunk.byteLength
        if (received > context.maxBytes) throw tooLarge(url.host, context.maxBytes)
        yield chunk
      }
    } catch (error) {
      throw error instanceof OutboundFailure ? error : context.fail(error)
    } finally {
      deadline.clear()
      answer.body.on('error', () => {}).destroy()
    }
  }
  const body = read()
  const bytes = async () => {
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
  return {
    status: answer.statusCode,
    headers,
    url: url.href,
    body,
    bytes,
    text: async () => (await bytes()).toString('utf8'),
    json: async () => parseJson(await bytes(), url.host),
    async discard() {
      const rest = answer.body.dump({
        limit: WORTH_DRAINING,
        signal: AbortSignal.any([deadline.signal, AbortSignal.timeout(1000)]),
      })
      await rest.catch(() => {})
      deadline.clear()
    },
  }
}

function readHeaders(headers: Answer['headers']): OutboundHeaders {
  const getAll = (name: string) => {
    const value = headers[name.toLowerCase()]
    return value === undefined ? [] : typeof value === 'string' ? [value] : value
  }
  return { get: (name) => getAll(name)[0], getAll }
}

function tooLarge(host: string, maxBytes: number): OutboundFailure {
  return new OutboundFailure(
    'upstream_too_large',
    `${host} sent more than the ${maxBytes} bytes that this step takes, so the answer was cut off.`,
    { phase: 'answered' },
  )
}

function parseJson(bytes: Buffer, host: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    const message = `${host} did not answer with JSON, as it usually does. It is asked again in a moment.`
    // Not even the parser's message is kept: it quotes the body.
    const hint = cause instanceof SyntaxError ? `${bytes.byteLength} bytes that are no JSON` : 'not UTF-8'
    throw new OutboundFailure('upstream_not_json', message, { phase: 'answered', hint })
  }
}
