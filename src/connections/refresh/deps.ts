import type { Kysely } from 'kysely'
import type { Clock, Log } from '#base'
import type { ProviderCalls } from '../calls/calls.ts'
import type { ConnectionTables } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'

/** What renewing needs. */
export type RenewDeps = {
  readonly tables: Kysely<ConnectionTables>
  readonly calls: ProviderCalls
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
}
