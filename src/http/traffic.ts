import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Log } from '#base'

/** The connections and requests of this process, and how they come to their end when it is asked to stop. */
export type Traffic = {
  /** A server whose connections are meant. */
  watch(server: Server): void
  /** Each request, before it is answered. */
  enter(request: IncomingMessage, response: ServerResponse): void
  /** How many requests there are whose answer has not ended. */
  openRequests(): number
  /** Whether an answer was cut off here, so that neither side of it is to blame. */
  wasCut(response: ServerResponse): boolean
  /** Whether the process is about to stop; `/readyz` says so. */
  isLeaving(): boolean
  /** Everything is taken as before, but answers close their connections (RFC 9112 §9.6), so that callers look for others. */
  leave(): void
  /**
   * Takes no connection any more and waits until those that are open have ended: idle ones end at once, and so do event
   * streams, whose readers come back by themselves; answers that are on their way may end.
   *
   * @param seconds after which everything is cut off; 0: at once
   * @returns how many answers were, of those that are no event streams
   */
  drain(seconds: number): Promise<number>
}

/** For a connection that has said nothing so far: what it has to say may be on its way. */
const QUIET_MS = 1000
const FULL_MS = 60_000

/**
 * @param limit how many connections there may be at once. More are closed unanswered, which is said in the log once a
 *   minute: the system does the same where a process may open no more files, but tells nobody, and to files and databases, too.
 */
export function createTraffic(limit?: { readonly connections: number; readonly log: Log }): Traffic {
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  const open = new Map<ServerResponse, IncomingMessage>()
  const cutOff = new WeakSet<ServerResponse>()
  let leaving = false
  let saidFull = Number.NEGATIVE_INFINITY

  function full(): void {
    if (performance.now() - saidFull < FULL_MS) return
    saidFull = performance.now()
    const words = 'No more connections are taken until some have ended: let this process open more files (ulimit -n)'
    limit?.log.error({ connections: limit.connections }, words)
  }

  function closeAfter(response: ServerResponse): void {
    if (!response.headersSent) response.shouldKeepAlive = false
    // Its head has promised to keep the connection.
    else response.once('close', () => response.req.socket.destroySoon())
  }

  function leave(): void {
    if (leaving) return
    leaving = true
    for (const response of open.keys()) closeAfter(response)
  }

  function cutAll(): number {
    for (const response of open.keys()) cutOff.add(response)
    for (const socket of sockets) socket.destroy()
    return open.size
  }

  return {
    watch(server) {
      servers.push(server)
      if (limit) {
        server.maxConnections = limit.connections
        server.on('drop', full)
      }
      server.on('connection', (socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      })
    },
    enter(request, response) {
      open.set(response, request)
      response.once('close', () => open.delete(response))
      if (leaving) response.shouldKeepAlive = false
    },
    openRequests: () => open.size,
    wasCut: (response) => cutOff.has(response),
    isLeaving: () => leaving,
    leave,
    async drain(seconds) {
      leave()
      // Of those that keep their connection the idle ones are closed by node.
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
      for (const [response, request] of open) {
        if (!isEventStream(request)) continue
        cutOff.add(response)
        response.destroy()
      }
      const ms = seconds * 1000
      let cut = 0
      const timers = [
        setTimeout(
          () => {
            for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
          },
          Math.min(QUIET_MS, ms),
        ),
        setTimeout(() => {
          cut = cutAll()
        }, ms),
      ]
      await Promise.all(closed)
      for (const timer of timers) clearTimeout(timer)
      return cut
    },
  }
}

/** As `EventSource` asks (WHATWG HTML §9.2), and MCP clients for what no call of theirs waits for. */
function isEventStream({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/event-stream')
}
