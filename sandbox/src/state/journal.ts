import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** One committed group of changes: `[table, key]` removes a row, `[table, key, row]` puts one. */
export type Change = readonly [table: string, key: string] | readonly [table: string, key: string, row: unknown]

const HEADER = '{"sandbox":1}'
const COMPACT_AFTER_BYTES = 16 * 1024 * 1024

/**
 * An append-only file of commits, one JSON line each. A line is the unit of durability: it is written whole before
 * the answer leaves, and a torn last line (killed in the middle of the write) is a commit nobody was told about.
 */
export function openJournal(dir: string) {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, 'state.jsonl')
  let file: number | undefined
  let written = 0

  function append(line: string) {
    if (file === undefined) throw new Error('The state journal is closed')
    written += writeSync(file, `${line}\n`)
  }

  return {
    /** Every commit on disk, oldest first. */
    read(): Change[][] {
      if (!existsSync(path)) return []
      const text = readFileSync(path, 'utf8')
      const [header, ...lines] = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
      if (header !== HEADER)
        throw new Error(`${path} is not a sandbox state file; move it away or choose another --state`)
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Change[])
    },

    /** Starts a new file that holds only the given rows; temp file and rename, so that a kill leaves one of the two. */
    rewrite(rows: Iterable<Change>) {
      if (file !== undefined) closeSync(file)
      const next = `${path}.next`
      file = openSync(next, 'w', 0o600)
      written = 0
      append(HEADER)
      for (const row of rows) append(JSON.stringify([row]))
      renameSync(next, path)
      written = 0
    },

    append(changes: readonly Change[]) {
      append(JSON.stringify(changes))
    },

    isLong: () => written > COMPACT_AFTER_BYTES,

    close() {
      if (file !== undefined) closeSync(file)
      file = undefined
    },
  }
}
