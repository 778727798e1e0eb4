import type { Kysely } from 'kysely'
import type { Database } from '#database'
import type { AuthorizationTables } from '../store/tables.ts'
import type { ChangeNote } from './record-change.ts'

/** A change, and what is written down of it if it came to that, in one transaction. @returns what the change did */
export function withNote(
  database: Pick<Database, 'transaction'>,
  note: ChangeNote | undefined,
  change: (transaction: Kysely<AuthorizationTables>) => Promise<boolean>,
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const isDone = await change(transaction<AuthorizationTables>())
    if (isDone) await note?.(transaction)
    return isDone
  })
}
