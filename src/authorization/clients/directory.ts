import type { Database } from '#database'
import { findClientRecord } from '../store/client.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import type { ClientRecord } from './client.ts'

/** The registered clients, as every process sees them. */
export type Directory = {
  /** By id; undefined for ids of nobody and for clients that are switched off. At most 2 s old. */
  find(id: string): Promise<ClientRecord | undefined>
  /** Tells every process that a client is not what it was. */
  announce(id: string): Promise<void>
  close(): void
}

const CHANNEL = 'trivet_tinyoauth_client'
/** Should a notice be lost with its connection, a change is still known everywhere after this time. */
const FRESH_MS = 2000
const MOST_KEPT = 2000
/** Ids are ours, or the address of a metadata document; longer ones are nobody's. */
const MOST_ID = 2000

type Kept = { readonly record: Promise<ClientRecord | undefined>; readonly until: number }

/** A small memory in front of the table. @param deps.now milliseconds of a clock that never goes back */
export function createDirectory(deps: { database: Database; now?: () => number }): Directory {
  const { database, now = () => performance.now() } = deps
  const tables = database.tables<AuthorizationTables>()
  const kept = new Map<string, Kept>()
  const stop = database.listen(
    CHANNEL,
    (id) => void kept.delete(id),
    () => kept.clear(),
  )

  function load(id: string): Promise<ClientRecord | undefined> {
    const fresh: Kept = { record: findClientRecord(tables, id), until: now() + FRESH_MS }
    kept.delete(id)
    kept.set(id, fresh)
    const forget = () => {
      if (kept.get(id) === fresh) kept.delete(id)
    }
    // Ids of nobody are not remembered: whoever asks for many of them would push the others out.
    fresh.record.then((record) => record ?? forget(), forget)
    const [oldest] = kept.keys()
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    return fresh.record
  }

  return {
    async find(id) {
      if (id === '' || id.length > MOST_ID) return undefined
      const known = kept.get(id)
      return known && known.until > now() ? known.record : load(id)
    },
    async announce(id) {
      kept.delete(id)
      await database.notify(CHANNEL, id)
    },
    close: () => stop(),
  }
}
