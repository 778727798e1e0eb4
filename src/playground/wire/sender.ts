import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Answer, Exchange } from './exchange.ts'
import type { PlannedRequest } from './planned-request.ts'

/** Sends a request to this very server, for who asks for it. */
export type Sender = (planned: PlannedRequest, from: FastifyRequest) => Promise<Exchange>

const AGENT = 'Trivet playground'
/** Beside these every answer carries the same security headers, which say nothing about the step. */
const SHOWN = [
  'content-type',
  'location',
  'www-authenticate',
  'retry-after',
  'allow',
  'cache-control',
  'pragma',
  'access-control-allow-origin',
]
const MOST_BODY = 60_000

/**
 * Through the whole stack of the server, as if it had come over the network from where the visitor is: all limits by
 * address hold. Nothing of the visitor's own request goes along but that address.
 */
export function createSender(server: FastifyInstance, publicUrl: string): Sender {
  return async (planned, from) => {
    const url = new URL(publicUrl + planned.path)
    const { hidden } = planned
    const answer = await server.inject({
      method: planned.method,
      url: url.pathname + url.search,
      remoteAddress: from.ip,
      headers: {
        host: url.host,
        'user-agent': AGENT,
        ...planned.headers,
        ...hidden?.headers,
      },
      ...(planned.body === undefined ? {} : { payload: withMembers(planned.body, hidden?.members) }),
    })
    return { request: shownRequest(planned, url), answer: shownAnswer(answer) }
  }
}

/** A request that the browser itself is sent off with. */
export function shownRequest(planned: PlannedRequest, url: URL): Exchange['request'] {
  return {
    method: planned.method,
    url: url.href,
    headers: Object.entries(planned.headers ?? {}),
    ...(planned.body === undefined ? {} : { body: planned.body }),
  }
}

function shownAnswer(answer: {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly payload: string
}): Answer {
  return {
    status: answer.statusCode,
    headers: SHOWN.flatMap((name) => {
      const value = answer.headers[name]
      return value === undefined ? [] : [[name, String(value)] as [string, string]]
    }),
    body: answer.payload.slice(0, MOST_BODY),
  }
}

function withMembers(body: string, members: Readonly<Record<string, string>> | undefined): string {
  return members === undefined ? body : JSON.stringify({ ...JSON.parse(body), ...members })
}
