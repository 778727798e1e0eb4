import type { FastifyInstance } from 'fastify'
import type { FindAskingApp } from '#accounts'
import { NO_APIS } from './checks/apis.ts'
import { type Clients, createClients } from './clients/clients.ts'
import { createGatewayClient, type GatewayClient } from './clients/gateway-client.ts'
import { withGatewayCallbacks } from './clients/gateway-client-id.ts'
import { createLogos } from './clients/logos.ts'
import type { RecordChange } from './clients/record-change.ts'
import type { AuthorizationDeps } from './deps.ts'
import { authorizationEndpoints } from './endpoints/index.ts'
import { findAskingApp } from './flow/asking-app.ts'
import type { FlowDeps } from './flow/deps.ts'
import { createGrants } from './grants/registry.ts'
import { deleteOldGrants } from './store/grant.ts'
import { deleteOldInteractions } from './store/interaction.ts'
import { deleteOldRefreshTokens } from './store/refresh-token.ts'
import type { AuthorizationTables } from './store/tables.ts'
import { createTokens, type Tokens } from './tokens/tokens.ts'

/** The authorization server: its clients and its tokens, for other rooms; its addresses, for the site. */
export type Authorization = {
  readonly clients: Clients
  readonly tokens: Tokens
  /** For sessions on the hosts of routes. */
  readonly gatewayClient: GatewayClient
  /** For the pages to sign in at. */
  readonly askingApp: FindAskingApp
  /** Resolves when this process knows every revocation until now; before that it must not answer. */
  start(): Promise<void>
  /** Removes what is over. To be called every few minutes; may be broken off and repeated. */
  sweep(): Promise<void>
  routes(server: FastifyInstance): void
  close(): Promise<void>
}

/** Who an event is by is written as others see it: `u_…` or a client's id. */
function recordChangeIn(accounts: Pick<AuthorizationDeps['accounts'], 'audit' | 'user'>): RecordChange {
  return async ({ by, address }) => {
    const user = typeof by === 'object' ? await accounts.user(by.ownerId) : undefined
    return ({ action, clientId: id, details }) => {
      const actor = by === 'client' ? id : (user?.publicId ?? 'anonymous')
      const entry = { action, target: { kind: 'client', id }, details } as const
      return (transaction) => accounts.audit.record({ actor, address }, entry, transaction)
    }
  }
}

/** Assembles the room. Nothing is started here; `signer` and `accounts` are started and closed by whoever made them. */
export function createAuthorization(deps: AuthorizationDeps): Authorization {
  const { database, accounts, settings, signer, clock, log } = deps
  const issuer = settings.publicUrl
  const tables = database.tables<AuthorizationTables>()
  const {
    clients,
    documents,
    endpointDeps: registration,
  } = createClients({
    ...deps,
    issuer,
    policy: settings.registration,
    hasMcpRoute: settings.hasMcpRoute,
    reservedNames: settings.reservedNames,
    ownRedirectUris: settings.ownRedirectUris,
    appSchemes: settings.appSchemes,
    isKnownResource: settings.isKnownResource,
    clientDocuments: settings.clientDocuments,
    recordChange: recordChangeIn(accounts),
    bearerUser: async (request) => {
      const user = await accounts.bearerUser(request)
      return user && { ownerId: user.id }
    },
  })
  const { authenticateClient } = clients
  const findClient = withGatewayCallbacks(clients.findClient, settings.gatewayCallbacks ?? (() => []))
  const tokens = createTokens({ database, tables, signer, issuer, clock, log, people: accounts, findClient })
  const { defaultScopes, isKnownResource, apis = NO_APIS } = settings
  const rules = { issuer, defaultScopes, isKnownResource, apis }
  const { readIdTokenHint } = tokens
  const flow: FlowDeps = { database, tables, findClient, documents, readIdTokenHint, rules }
  const grants = createGrants({ database, accounts, tokens, rules, log })

  return {
    clients,
    tokens,
    gatewayClient: createGatewayClient({ tables, tokens, grants, findClient }),
    askingApp: (interaction) => findAskingApp(flow, interaction),
    start: () => tokens.start(),
    async sweep() {
      await deleteOldInteractions(tables)
      await deleteOldRefreshTokens(tables)
      await deleteOldGrants(tables)
      await clients.prune()
    },
    routes(server) {
      authorizationEndpoints(server, {
        ...{ tables, issuer, flow, grants, tokens, registration, authenticateClient, signer },
        ...{ accounts, csrf: deps.csrf, pages: deps.pages },
        clientDocuments: settings.clientDocuments,
        logos: createLogos({ picture: deps.picture, log }),
      })
    },
    async close() {
      clients.close()
      await tokens.close()
    },
  }
}
