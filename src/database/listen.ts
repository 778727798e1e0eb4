import type pg from 'pg'
import type { Log, Secret } from '#base'
import { openClient } from './pool.ts'

const RECONNECT_MS = 250

/** One connection that LISTENs for the whole process; opened with the first listener, reopened when it drops. */
export function createListener(options: { url: Secret; log: Log }) {
  const handlers = new Map<string, Set<(payload: string) => void>>()
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let opening: Promise<void> | undefined
  let closed = false

  async function open(): Promise<void> {
    const fresh = openClient(options.url, 'trivet listen')
    fresh.on('notification', ({ channel, payload }) => {
      for (const handler of handlers.get(channel) ?? []) handler(payload ?? '')
    })
    fresh.on('error', (error) => {
      options.log.warn({ error: error.message }, 'The LISTEN connection was lost')
      again()
    })
    fresh.on('end', again)
    try {
      await fresh.connect()
      client = fresh
      for (const channel of handlers.keys()) await fresh.query(`listen ${quote(channel)}`)
    } catch (error) {
      options.log.debug({ error: String(error) }, 'LISTEN could not be opened')
      again()
    }
  }

  function again(): void {
    client = undefined
    if (closed || timer) return
    timer = setTimeout(() => {
      timer = undefined
      opening = open()
    }, RECONNECT_MS)
  }

  function listen(channel: string, handler: (payload: string) => void): () => void {
    const set = handlers.get(channel) ?? new Set()
    const first = set.size === 0
    set.add(handler)
    handlers.set(channel, set)
    opening ??= open()
    if (first) client?.query(`listen ${quote(channel)}`).catch(again)
    return () => set.delete(handler)
  }

  async function close(): Promise<void> {
    closed = true
    clearTimeout(timer)
    await opening
    await client?.end()
  }

  return { listen, close }
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
