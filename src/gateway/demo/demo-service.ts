import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The service behind `/protected/resource`: tells who called and which headers it got. */
export type DemoService = { readonly origin: string; close(): Promise<void> }

const MOST_BODY_BYTES = 65_536

/** A server of its own on a port of loopback, so that the demo goes the way that every route goes. */
export async function startDemoService(): Promise<DemoService> {
  const server = createServer(async (request, response) => {
    const body = await readText(request)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(describe(request, body), null, 2))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) if (text.length < MOST_BODY_BYTES) text += chunk
  return text
}

function describe({ method, url, headers }: IncomingMessage, body: string) {
  const fact = (name: string) => {
    const value = [headers[`x-trivet-${name}`]].flat()[0] ?? ''
    return value === '' ? null : value
  }
  const username = fact('username')
  return {
    service: 'Trivet demo',
    caller: {
      user: fact('user'),
      username: username === null ? null : decodeURIComponent(username),
      client: fact('client'),
      scope: fact('scope'),
    },
    request: { method, url, headers, body },
  }
}
