import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import type { BadRequest } from './requests.ts'

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
}

/** Longer than any answer takes; live events of a run go on for ever and are read this long only. */
const PATIENCE_MS = 20_000
const MOST_EVENTS_MS = 300

/** Over real HTTP, on connections that are kept; follows nothing. */
export function createWire(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const { host, port } = new URL(url)
  async function exchange({ method, path, headers, body }: BadRequest, on: Agent | false): Promise<Answer> {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const all = { host, ...headers, ...length }
    const call = request({ agent: on, host: '127.0.0.1', port, path, method, headers: all })
    const timer = setTimeout(() => call.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS)
    try {
      call.end(body)
      const [response] = await once(call, 'response')
      return { status: response.statusCode, headers: response.headers, text: await textOf(response) }
    } catch (error) {
      // The server closed a kept connection at the moment of its use (RFC 9112 §9.5): nothing was answered, or done.
      if (on !== false && call.reusedSocket) return exchange({ method, path, headers, body }, false)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  return { send: (bad: BadRequest) => exchange(bad, agent), close: () => agent.destroy() }
}

/** Live events of a run go on for ever. */
async function textOf(response: IncomingMessage): Promise<string> {
  const isEvents = String(response.headers['content-type']).startsWith('text/event-stream')
  const over = isEvents ? setTimeout(() => response.destroy(), MOST_EVENTS_MS) : undefined
  const chunks: Buffer[] = []
  try {
    for await (const chunk of response) chunks.push(chunk)
  } catch (error) {
    if (!isEvents) throw error
  } finally {
    clearTimeout(over)
  }
  return Buffer.concat(chunks).toString()
}
