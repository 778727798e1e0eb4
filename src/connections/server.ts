import type { Belonging } from '#accounts'
import { createSingleFlight, systemClock } from '#base'
import { isLoopbackUrl } from '#config'
import { createAccountGates } from './account/account-gates.ts'
import { createAccountHandle } from './account/account-handle.ts'
import { createBudget } from './calls/budget.ts'
import { createProviderCalls } from './calls/calls.ts'
import { viewConnection } from './connection-view.ts'
import type { Connections, ProviderView } from './connections.ts'
import type { ConnectionsDeps } from './deps.ts'
import { disconnect } from './disconnect.ts'
import { connectionRoutes } from './endpoints/index.ts'
import { begin } from './flow/begin.ts'
import type { FlowDeps } from './flow/deps.ts'
import { moveConnections } from './move.ts'
import type { Identity } from './oauth/identity.ts'
import type { Provider } from './provider/provider.ts'
import { createRegistry, type Registry } from './provider/registry.ts'
import { requireProvider } from './provider/require-provider.ts'
import { canonicalScopes, describeScope, requestedScopes } from './provider/scopes.ts'
import { signInProvider } from './provider/sign-in-provider.ts'
import { createAccessSource } from './refresh/access.ts'
import { deleteOldRequests } from './store/authorization-request.ts'
import { type ConnectionRow, listConnections } from './store/connection.ts'
import { pauseAccount } from './store/connection-lease.ts'
import { renameAccount, touchConnection } from './store/connection-write.ts'
import { deleteOldAttempts } from './store/refresh-attempt.ts'
import type { ConnectionTables } from './store/tables.ts'
import { chooseConnection } from './usability.ts'
import { createVault } from './vault/vault.ts'

/** The vault of accounts that people have elsewhere: connects them, keeps their tokens sealed and fresh, and lends handles. */
export function createConnections(deps: ConnectionsDeps): Connections {
  const { outbound, log, config, clock = systemClock, random = Math.random } = deps
  const { publicUrl } = config
  const registry = createRegistry(config.providers, { publicUrl, version: deps.version })
  const calls = createProviderCalls({ outbound, budget: createBudget({ database: deps.database, log }), clock })
  const tables = deps.database.tables<ConnectionTables>()
  const vault = createVault(deps.envelope)
  const access = createAccessSource({ tables, calls, vault, clock, log, random })
  const gates = createAccountGates((row, seconds) => pauseAccount(tables, row, seconds))
  const flow: FlowDeps = {
    tables,
    calls,
    vault,
    clock,
    log,
    publicUrl,
    twins: createSingleFlight(),
    onUsable: deps.onUsable,
  }
  const view = (provider: Provider, row: ConnectionRow) =>
    viewConnection(provider, row, { pictures: deps.picture !== undefined })

  async function list(ownerId: string) {
    const rows = await listConnections(tables, ownerId)
    return rows.flatMap((row) => {
      const provider = registry.find(row.provider)
      // Sandbox and real accounts are never mixed: a row of another issuer is as if it were not there.
      return provider && provider.config.issuer === row.issuer ? [view(provider, row)] : []
    })
  }

  const connections: Connections = {
    providers: registry.all.map(viewProvider),
    signInProviders: registry.all.flatMap((provider) => {
      const known = signInProvider(provider)
      return known && (known.source === 'real' || isLoopbackUrl(publicUrl)) ? [known] : []
    }),
    list,
    async check(ownerId, need, preferredId) {
      const { definition } = requireProvider(registry, need.provider)
      const ofProvider = (await list(ownerId)).filter((connection) => connection.provider === need.provider)
      return chooseConnection(ofProvider, canonicalScopes(definition, need.scopes), preferredId)
    },
    async begin({ caller, need, returnTo, deniedTo, connectionId, chooseAccount = false }) {
      const { scopes } = need
      const beginning = { caller, scopes, returnTo, deniedTo, connectionId, chooseAccount }
      return begin(flow, requireProvider(registry, need.provider), beginning)
    },
    account({ ownerId, connectionId, need, accountName }) {
      const provider = requireProvider(registry, need.provider)
      const scopes = canonicalScopes(provider.definition, need.scopes)
      const name = accountName ?? `your ${provider.definition.name} account`
      const touch = async ({ row }: { row: ConnectionRow }) => {
        if (row.useIsOld) await touchConnection(tables, row.id)
      }
      const rename = (identity: Identity) => renameAccount(tables, { connectionId, ownerId, identity })
      return createAccountHandle(
        { calls, access, gates, touch, rename },
        { provider, ownerId, connectionId, scopes, name },
      )
    },
    async erase(ownerId) {
      for (const row of await listConnections(tables, ownerId)) {
        const provider = registry.find(row.provider)
        const { accounts } = deps
        if (provider) await disconnect({ tables, calls, vault, log, accounts }, provider, { ...row, ownerGoes: true })
      }
    },
    async describe(tablesOf, ownerId) {
      const rows = await listConnections(tablesOf<ConnectionTables>(), ownerId)
      return rows.map((row) => describeBelonging(registry, row))
    },
    move: (tablesOf, move) => moveConnections({ vault, log }, tablesOf, move),
    async sweep() {
      await deleteOldRequests(tables)
      await deleteOldAttempts(tables)
    },
    async routes(server) {
      connectionRoutes(server, { ...deps, registry, tables, calls, vault, flow, connections })
    },
  }
  return connections
}

function viewProvider({ definition, source }: Provider): ProviderView {
  return {
    id: definition.id,
    name: definition.name,
    source,
    describe: (scopes) => requestedScopes(definition, scopes).map((scope) => describeScope(definition, scope)),
  }
}

function describeBelonging(registry: Registry, row: ConnectionRow): Belonging {
  const { id, provider, accountName, status, connectedAt } = row
  const name = `${registry.find(provider)?.definition.name ?? provider}: ${accountName}`
  return {
    kind: 'connection',
    id,
    name,
    state: status === 'active' ? 'connected' : 'to be reconnected',
    at: connectedAt,
  }
}
