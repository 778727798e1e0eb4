import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Child } from './child.ts'

/** What every answer holds: as much as a small resource of an API. */
export const BODY = JSON.stringify({ notes: [{ id: 1, text: 'Buy milk' }], next: null })

/** The API behind every gateway: it answers at once, and knows nothing of tokens. */
export async function serveUpstream({ port }: Pick<Child, 'port'>): Promise<void> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(BODY) }
  const server = createServer({ keepAliveTimeout: 60_000 }, (_request, response) => {
    response.writeHead(200, headers).end(BODY)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}
