import type { FastifyReply } from 'fastify'

/** An answer of server-sent events that is open. */
export type EventStream = {
  /** One event (WHATWG HTML §9.2.5); `data` becomes one line of JSON. Does nothing once the stream is closed. */
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
  const isClosed = () => raw.destroyed || raw.writableEnded
  // A write after the end is an error event that nobody hears, and ends the process.
  const write = (text: string) => void (isClosed() || raw.write(text))
  write('retry: 1000\n\n')
  const heartbeat = setInterval(() => write(':\n\n'), HEARTBEAT_MS)
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  void closed.then(() => clearInterval(heartbeat))
  // A reader who left before we began is not announced again.
  if (raw.destroyed) resolve()
  else raw.once('close', resolve)
  return {
    send({ id, name, data }) {
      write(`${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
    },
    closed,
    isClosed,
    close: () => void raw.end(),
  }
}
