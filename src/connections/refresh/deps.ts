import type { Kysely } from 'kysely'
import type { Clock, Log } from '#base'
import type { Outbound } from '#outbound'
import type { ConnectionTables } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'

/** What renewing needs. */
export type RenewDeps = {
  readonly tables: Kysely<ConnectionTables>
  readonly outbound: Outbound
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
}
