import type { FastifyReply } from 'fastify'

export type EventStream = {
  /** One event (WHATWG HTML §9.2.5); `data` becomes one line of JSON. */
  send(event: { id?: string; name: string; data: unknown }): void
  readonly closed: Promise<void>
  isClosed(): boolean
  close(): void
}

const HEARTBEAT_MS = 15_000

/** Turns the reply into `text/event-stream`. A comment every 15 s keeps proxies from closing it; reconnect after 1 s. */
export function openEventStream(reply: FastifyReply): EventStream {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // nginx holds answers back otherwise.
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  raw.write('retry: 1000\n\n')
  const heartbeat = setInterval(() => raw.write(':\n\n'), HEARTBEAT_MS)
  const closed = new Promise<void>((resolve) => {
    raw.once('close', () => {
      clearInterval(heartbeat)
      resolve()
    })
  })
  return {
    send({ id, name, data }) {
      raw.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
    },
    closed,
    isClosed: () => raw.destroyed || raw.writableEnded,
    close: () => void raw.end(),
  }
}
