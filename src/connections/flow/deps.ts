import type { Kysely } from 'kysely'
import type { Clock, Log, SingleFlight } from '#base'
import type { ProviderCalls } from '../calls/calls.ts'
import type { PastRequest } from '../store/authorization-request.ts'
import type { ConnectionTables } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'

/** What connecting an account needs. */
export type FlowDeps = {
  readonly tables: Kysely<ConnectionTables>
  readonly calls: ProviderCalls
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
  readonly publicUrl: string
  /** All copies of one callback wait for its outcome as one: a page that asks a thousand times keeps no pool busy. */
  readonly twins: SingleFlight<PastRequest | undefined>
  readonly onUsable: (ownerId: string, connectionId: string) => Promise<void>
}
