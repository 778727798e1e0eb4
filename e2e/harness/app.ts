import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll } from 'vitest'

/** An app of somebody else's, on this machine, which only takes what is brought to its callback. */
export type App = {
  readonly origin: string
  readonly callback: string
  /** What came, in its order: by GET, or as a form (OAuth 2.0 Form Post Response Mode). */
  readonly arrived: readonly Request[]
}

/** Listens while the tests of a file run. */
export function useApp(): App {
  const arrived: Request[] = []
  let origin = ''
  const server = createServer(async (incoming, response) => {
    const url = new URL(incoming.url ?? '/', origin)
    const body = await text(incoming)
    const type = incoming.headers['content-type'] ?? 'text/plain'
    const how = incoming.method === 'POST' ? { method: 'POST', headers: { 'content-type': type }, body } : {}
    if (url.pathname === '/callback') arrived.push(new Request(url, how))
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>An app</title><h1>Back at the app</h1>')
  })
  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('no port')
    origin = `http://127.0.0.1:${address.port}`
  })
  afterAll(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  return {
    arrived,
    get origin() {
      return origin
    },
    get callback() {
      return `${origin}/callback`
    },
  }
}
