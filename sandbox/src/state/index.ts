import { type Change, openJournal } from './journal.ts'
import { lockFolder } from './lock.ts'

export type { Change } from './journal.ts'

/** Rows of one kind, by key. Reading is from memory; `put` and `drop` describe changes for `Store.commit`. */
type Table<Row> = {
  get(key: string): Row | undefined
  has(key: string): boolean
  entries(): [string, Row][]
  values(): Row[]
  put(key: string, row: Row): Change
  drop(key: string): Change
}

export type Store = {
  table<Row>(name: string): Table<Row>
  /** All of the changes or none, in memory and on disk when it returns. */
  commit(...changes: Change[]): void
  /** Removes every row of every table except the named ones. */
  clear(keep: readonly string[]): void
  close(): void
}

/**
 * The sandbox's memory: tables held in RAM, each commit appended to `<dir>/state.jsonl` before it returns, so that what
 * was answered survives `kill -9` at any instant. (No fsync: a power cut may lose the last commits.)
 */
export function openStore(dir: string): Store {
  const unlock = lockFolder(dir)
  const journal = openJournal(dir)
  const tables = new Map<string, Map<string, unknown>>()

  function rowsOf(name: string) {
    let rows = tables.get(name)
    if (!rows) {
      rows = new Map()
      tables.set(name, rows)
    }
    return rows
  }

  function apply([name, key, ...row]: Change) {
    if (row.length === 0) rowsOf(name).delete(key)
    else rowsOf(name).set(key, row[0])
  }

  function* live(): Generator<Change> {
    for (const [name, rows] of tables) for (const [key, row] of rows) yield [name, key, row]
  }

  for (const commit of journal.read()) for (const change of commit) apply(change)
  journal.rewrite(live())

  return {
    table<Row>(name: string): Table<Row> {
      // The rows of a table are only ever written through its own typed `put`.
      const rows = rowsOf(name) as Map<string, Row>
      return {
        get: (key) => rows.get(key),
        has: (key) => rows.has(key),
        entries: () => [...rows],
        values: () => [...rows.values()],
        put: (key, row) => [name, key, row],
        drop: (key) => [name, key],
      }
    },

    commit(...changes) {
      if (changes.length === 0) return
      journal.append(changes)
      for (const change of changes) apply(change)
      if (journal.isLong()) journal.rewrite(live())
    },

    clear(keep) {
      for (const [name, rows] of tables) if (!keep.includes(name)) rows.clear()
      journal.rewrite(live())
    },

    close() {
      journal.close()
      unlock()
    },
  }
}
