import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { createInterface } from 'node:readline'
import type { Client } from './client.ts'

export type ServerEvent = { readonly id?: string; readonly name: string; readonly data: Record<string, unknown> }

export type EventStream = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Until the server ends the stream, or `close`. */
  readonly events: AsyncIterableIterator<ServerEvent>
  close(): void
}

/** Live events of a run, as a browser's EventSource gets them (WHATWG HTML §9.2). */
export async function openEvents(
  client: Client,
  origin: string,
  id: string,
  lastEventId?: string,
): Promise<EventStream> {
  const { port, host } = new URL(origin)
  const session = client.cookie(`trivet-${port}`) ?? ''
  const call = request({
    host: '127.0.0.1',
    port,
    path: `/api/runs/${id}/events`,
    headers: {
      host,
      accept: 'text/event-stream',
      cookie: `trivet-${port}=${session}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    agent: false,
  })
  call.on('error', () => {})
  call.end()
  const [response] = await once(call, 'response')
  const lines = createInterface({ input: response })
  // All three break off when a test closes the stream.
  for (const broken of [response, lines]) broken.on('error', () => {})
  return {
    status: response.statusCode,
    headers: response.headers,
    events: parseEvents(lines),
    close: () => void call.destroy(),
  }
}

async function* parseEvents(lines: AsyncIterable<string>): AsyncGenerator<ServerEvent, undefined> {
  let fields: Record<string, string> = {}
  for await (const line of lines) {
    if (line === '') {
      const { id, event, data } = fields
      if (event !== undefined && data !== undefined)
        yield { ...(id === undefined ? {} : { id }), name: event, data: JSON.parse(data) }
      fields = {}
    } else if (!line.startsWith(':')) {
      const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? []
      fields[name] = value
    }
  }
}
