import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { acceptWebSocket } from './handshake.ts'

/** An app of somebody's that knows of no sign-in: a page with a form and a button for signing out, a socket, and data. */
export type NotesApp = {
  readonly port: number
  /** Everything that reached it. */
  readonly seen: readonly { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders }[]
  close(): void
}

const PAGE = `<!doctype html><html lang="en"><title>Notes</title><link rel="icon" href="data:,"><h1>Notes</h1>
<form method="post" action="/notes"><button id="save">Save</button></form>
<form method="post" action="/.trivet/sign-out"><button id="leave">Sign out</button></form></html>`

/** GET is the page, `/data` and POST say who it is, and a socket says "hi". */
export async function startNotesApp(): Promise<NotesApp> {
  const seen: NotesApp['seen'][number][] = []
  const sockets = new Set<Socket>()
  const server = createServer(({ method = '', url = '', headers }, response) => {
    seen.push({ method, url, headers })
    const isPage = method === 'GET' && url !== '/data'
    response.writeHead(200, { 'content-type': isPage ? 'text/html' : 'application/json', 'set-cookie': 'theirs=1' })
    response.end(isPage ? PAGE : JSON.stringify({ method, user: headers['x-trivet-username'] }))
  })
  server.on('connection', (socket) => sockets.add(socket))
  server.on('upgrade', (request, socket) => {
    const { headers, url = '', method = '' } = request
    seen.push({ method, url, headers })
    acceptWebSocket(request, socket)
    // One text frame: "hi" (RFC 6455 §5.2).
    socket.write(Buffer.from([0x81, 2, 0x68, 0x69]))
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return {
    port: address.port,
    seen,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** For a page: opens a socket, and tells what came of it. */
export function socketScript(url: string): string {
  return `new Promise((resolve) => {
  const socket = new WebSocket(${JSON.stringify(url)})
  socket.onmessage = ({ data }) => { resolve(data); socket.close() }
  socket.onerror = () => resolve('refused')
})`
}
