import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { onTestFinished } from 'vitest'
import { createServer } from './index.ts'

export const PUBLIC_URL = 'http://localhost:3000'

export type Answer = { status: number; headers: IncomingHttpHeaders; body: string }
export type Sent = {
  method?: string
  headers?: Record<string, string | string[]>
  body?: string | Buffer
}

/** The room's server over a real socket, and a client that sends what it is told, `Host` included. */
export async function serve(
  routes: (server: FastifyInstance) => void | Promise<void> = () => undefined,
  options: { publicUrl?: string; trustedProxies?: string[]; requestMs?: number; drainSeconds?: number } = {},
) {
  const lines: string[] = []
  const { publicUrl = PUBLIC_URL, trustedProxies = ['loopback'], ...rest } = options
  const server = await createServer({
    config: { publicUrl, trustedProxies },
    ...rest,
    log: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
    renderError: (request, _reply, shown) =>
      `<!doctype html><h1>${shown.title}</h1><code>${shown.code}</code><p>${Object.keys(request.cookies)}</p>`,
  })
  await routes(server)
  await server.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => server.close())
  const address = server.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const host = new URL(publicUrl).host

  function send(path: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request({ port, host: '127.0.0.1', path, method, agent: false, headers: { host, ...headers } })
      sent.on('error', reject)
      sent.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        )
      })
      sent.end(body)
    })
  }

  /** Bytes as they are, for what no client would send; the whole answer as text. */
  function raw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      const chunks: Buffer[] = []
      socket.on('data', (chunk) => chunks.push(chunk))
      socket.on('error', reject)
      socket.on('close', () => resolve(Buffer.concat(chunks).toString()))
      socket.end(text)
    })
  }

  return { server, port, send, raw, logged: () => lines.join('') }
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
export const JSON_TYPE = { 'content-type': 'application/json' }
