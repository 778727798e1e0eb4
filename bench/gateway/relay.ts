import { once } from 'node:events'
import { createServer } from 'node:http'
import { Pool } from 'undici'
import type { Child } from './child.ts'

/** The least that passing a request on costs in Node: its server and undici, everything goes on as it came. */
export async function serveRelay({ port, upstream }: Child): Promise<void> {
  const pool = new Pool(upstream, { connections: 512, pipelining: 1 })
  const server = createServer((request, response) => {
    const { url: path = '/', method = 'GET', rawHeaders } = request
    pool.dispatch(
      { path, method, headers: rawHeaders },
      {
        onRequestStart: () => undefined,
        onResponseStart: ({ rawHeaders: raw }, status) => {
          response.writeHead(status, Array.isArray(raw) ? raw.map(String) : [])
        },
        onResponseData: (_controller, chunk) => void response.write(chunk),
        onResponseEnd: () => void response.end(),
        onResponseError: () => void response.destroy(),
      },
    )
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}
