import type { Kysely } from 'kysely'
import type { ProviderCalls } from '../calls/calls.ts'
import type { Connections } from '../connections.ts'
import type { ConnectionsDeps } from '../deps.ts'
import type { FlowDeps } from '../flow/deps.ts'
import type { Registry } from '../provider/registry.ts'
import type { ConnectionTables } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'

/** What the endpoints share. */
export type EndpointDeps = Pick<
  ConnectionsDeps,
  'accounts' | 'config' | 'csrf' | 'declaredScopes' | 'log' | 'pages' | 'picture'
> & {
  readonly registry: Registry
  readonly tables: Kysely<ConnectionTables>
  readonly calls: ProviderCalls
  readonly vault: Vault
  readonly flow: FlowDeps
  readonly connections: Connections
}
