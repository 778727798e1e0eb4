import type { Kysely } from 'kysely'
import type { AccountTables } from './tables.ts'

/** What is written in the transaction of a change: both count, or neither does. */
export type Note = (transaction: Kysely<AccountTables>) => Promise<void>
