import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { selfSigned } from './certificate.ts'

/** A reverse proxy that ends TLS, as in front of a product in production; and the port beside it that does not. */
export type TlsProxy = {
  /** `https://<host>:<port>`; every name leads to 127.0.0.1 in tests. */
  readonly origin: string
  /** The same host in the clear. */
  readonly plainOrigin: string
  /** Vouches for the host. */
  readonly certificate: string
  /** Where requests are passed on to from now on, by plain http. */
  passTo(target: string): void
  close(): Promise<void>
}

/** It overwrites what visitors say in `X-Forwarded-*`, as nginx does with the lines of docs/how-to/behind-a-proxy.md. */
export async function startTlsProxy(host: string): Promise<TlsProxy> {
  const { key, certificate } = selfSigned(host)
  let target: URL | undefined
  const pass = (scheme: string) => (asked: IncomingMessage, answer: ServerResponse) => {
    if (!target) return void answer.writeHead(502).end()
    forward(target, scheme, asked, answer)
  }
  const servers = [createTlsServer({ key, cert: certificate }, pass('https')), createServer(pass('http'))]
  const [port, plainPort] = await Promise.all(servers.map(listen))
  return {
    origin: `https://${host}:${port}`,
    plainOrigin: `http://${host}:${plainPort}`,
    certificate,
    passTo(next) {
      target = new URL(next)
    },
    async close() {
      await Promise.all(
        servers.map(async (server) => {
          server.close()
          server.closeAllConnections()
          await once(server, 'close')
        }),
      )
    },
  }
}

function forward(target: URL, scheme: string, asked: IncomingMessage, answer: ServerResponse): void {
  const { connection: _mine, ...headers } = asked.headers
  const onward = request({
    host: '127.0.0.1',
    port: target.port,
    method: asked.method,
    path: asked.url,
    headers: {
      ...headers,
      'x-forwarded-for': (asked.socket as Socket).remoteAddress ?? '',
      'x-forwarded-proto': scheme,
      'x-forwarded-host': asked.headers.host ?? '',
    },
    // A connection for each, so that those behind take turns.
    agent: false,
  })
  onward.on('response', (got) => {
    answer.writeHead(got.statusCode ?? 502, got.headers)
    got.pipe(answer)
  })
  onward.on('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()))
  answer.on('close', () => onward.destroy())
  asked.pipe(onward)
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}
