import type { ServerResponse } from 'node:http'
import { GATEWAY_PROBLEMS, type GatewayProblem } from './errors.ts'

/** An answer of the gateway's own: always `application/problem+json` (RFC 9457), whatever the upstream would have sent. */
export type OwnAnswer = {
  readonly status: number
  /** Name, value, name, value. */
  readonly headers: readonly string[]
  readonly body: string
}

export function ownAnswer(
  code: GatewayProblem,
  about: {
    readonly publicUrl: string
    readonly requestId: string
    readonly detail: string
    readonly headers?: Readonly<Record<string, string>>
  },
): OwnAnswer {
  const { status, title } = GATEWAY_PROBLEMS[code]
  const { publicUrl, requestId, detail, headers = {} } = about
  const type = `${publicUrl}/problems/${code}`
  const body = JSON.stringify({ type, title, status, detail, code, request_id: requestId })
  return {
    status,
    headers: [
      ...['content-type', 'application/problem+json', 'content-length', String(Buffer.byteLength(body))],
      ...['cache-control', 'no-store', 'x-content-type-options', 'nosniff', 'x-request-id', requestId],
      ...Object.entries(headers).flat(),
    ],
    body,
  }
}

/** To an address of the same host. */
export function ownRedirect(location: string, requestId: string): OwnAnswer {
  const headers = ['location', location, 'cache-control', 'no-store', 'content-length', '0', 'x-request-id', requestId]
  return { status: 302, headers, body: '' }
}

/** @param drop when the rest of the request is not going to be read */
export function sendOwn(response: ServerResponse, answer: OwnAnswer, drop = false): OwnAnswer {
  if (response.headersSent || response.destroyed) return answer
  response.writeHead(answer.status, [...answer.headers, ...(drop ? ['connection', 'close'] : [])])
  response.end(answer.body)
  return answer
}
