/** A process that takes a guest's files along and is killed (SIGKILL, by itself) before or after the transaction ends. */
import { sql } from 'kysely'
import { Secret } from '#base'
import { openDatabase } from '#database'
import { createGuestMerge } from './guest-merge.ts'

const { url, session, point } = JSON.parse(process.argv[2] ?? '{}')
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const database = await openDatabase({ url: new Secret(url), poolSize: 2, log })
const die = () => process.kill(process.pid, 'SIGKILL')

const merge = createGuestMerge({
  database,
  log,
  owned: [
    {
      erase: async () => undefined,
      async describe(tablesOf, ownerId) {
        const { rows } = await sql<{ id: string; name: string; at: Date }>`
          select id, name, created_at as at from trivet.stored_file where owner_id = ${ownerId}`.execute(tablesOf())
        return rows.map((row) => ({ kind: 'file' as const, state: '4 bytes', ...row }))
      },
      async move(tablesOf, { from, to }) {
        await sql`update trivet.stored_file set owner_id = ${to} where owner_id = ${from}`.execute(tablesOf())
        if (point === 'moved') die()
        return true
      },
      async moved() {
        die()
      },
    },
  ],
})
await merge.take(session, () => true, { actor: 'u_x', address: '', publicId: 'u_x' })
