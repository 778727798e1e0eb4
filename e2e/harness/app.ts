import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { useListening } from './listening.ts'

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
  const server = createServer(async (incoming, response) => {
    const url = new URL(incoming.url ?? '/', listening.origin)
    const body = await text(incoming)
    const type = incoming.headers['content-type'] ?? 'text/plain'
    const how = incoming.method === 'POST' ? { method: 'POST', headers: { 'content-type': type }, body } : {}
    if (url.pathname === '/callback') arrived.push(new Request(url, how))
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>An app</title><h1>Back at the app</h1>')
  })
  const listening = useListening(server)
  return {
    arrived,
    get origin() {
      return listening.origin
    },
    get callback() {
      return `${listening.origin}/callback`
    },
  }
}
