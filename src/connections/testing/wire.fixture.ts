import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** What the next call of a kind does instead of working. `then` runs before the answer; `commit`: the work is done first. */
export type Misbehaviour = {
  status?: number
  body?: unknown
  headers?: Record<string, string>
  /** The connection is cut instead of an answer. */
  cut?: boolean
  commit?: boolean
  /** Gets the request, for answers that echo it. */
  echo?: (form: URLSearchParams) => unknown
}

export const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
export const bearer = (request: IncomingMessage) => (request.headers.authorization ?? '').replace(/^Bearer /, '')

export async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

export function misbehave(response: ServerResponse, wrong: Misbehaviour, form: URLSearchParams): void {
  if (wrong.cut) {
    response.destroy()
    return
  }
  const body = wrong.echo ? wrong.echo(form) : wrong.body
  response.writeHead(wrong.status ?? 500, { 'content-type': 'application/json', ...wrong.headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}))
}

export function jwt(claims: Record<string, unknown>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'RS256' })}.${part(claims)}.${randomBytes(16).toString('base64url')}`
}
