import type { Kysely } from 'kysely'
import type { Clock, Log } from '#base'
import type { Outbound } from '#outbound'
import type { ConnectionTables } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'

/** What connecting an account needs. */
export type FlowDeps = {
  readonly tables: Kysely<ConnectionTables>
  readonly outbound: Outbound
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
  readonly publicUrl: string
  readonly onUsable: (ownerId: string, connectionId: string) => Promise<void>
}
