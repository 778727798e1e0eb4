import type pg from 'pg'
import type { Log, Secret } from '#base'
import { openClient } from './pool.ts'

const RECONNECT_MS = 250

type Listener = { readonly handler: (payload: string) => void; readonly onGap: (() => void) | undefined }

/** One connection that LISTENs for the whole process; opened with the first listener, reopened when it drops. */
export function createListener(options: { url: Secret; log: Log }) {
  const listeners = new Map<string, Set<Listener>>()
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let opening: Promise<void> | undefined
  let closed = false
  /** Whether something may have been notified while nobody listened. */
  let gap = false

  async function open(): Promise<void> {
    const fresh = openClient(options.url, 'trivet listen')
    fresh.on('notification', ({ channel, payload }) => {
      for (const { handler } of listeners.get(channel) ?? []) handler(payload ?? '')
    })
    fresh.on('error', (error) => {
      options.log.warn({ error: error.message }, 'The LISTEN connection was lost')
      again()
    })
    fresh.on('end', again)
    try {
      await fresh.connect()
      client = fresh
      for (const channel of listeners.keys()) await fresh.query(`listen ${quote(channel)}`)
    } catch (error) {
      options.log.debug({ error: String(error) }, 'LISTEN could not be opened')
      again()
      return
    }
    if (gap) tellOfGap()
  }

  function tellOfGap(): void {
    gap = false
    for (const { onGap } of [...listeners.values()].flatMap((those) => [...those])) onGap?.()
  }

  function again(): void {
    client = undefined
    gap = true
    if (closed || timer) return
    timer = setTimeout(() => {
      timer = undefined
      opening = open()
    }, RECONNECT_MS)
  }

  function listen(channel: string, handler: (payload: string) => void, onGap?: () => void): () => void {
    const listener = { handler, onGap }
    const set = listeners.get(channel) ?? new Set()
    const first = set.size === 0
    set.add(listener)
    listeners.set(channel, set)
    opening ??= open()
    if (first) client?.query(`listen ${quote(channel)}`).catch(again)
    return () => set.delete(listener)
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
