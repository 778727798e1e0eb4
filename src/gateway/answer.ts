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

/** @param drop when the rest of the request is not going to be read */
export function sendOwn(response: ServerResponse, answer: OwnAnswer, drop = false): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(answer.status, [...answer.headers, ...(drop ? ['connection', 'close'] : [])])
  response.end(answer.body)
}
