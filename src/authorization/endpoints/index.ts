import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import type { User } from '#accounts'
import type { Signer } from '#crypto'
import type { Client } from '../clients/client.ts'
import type { Logos } from '../clients/logos.ts'
import type { RecordChange } from '../clients/record-change.ts'
import type { RegistrantDeps } from '../clients/registrant.ts'
import type { RegistrationDeps } from '../clients/registration.ts'
import type { AuthorizationDeps } from '../deps.ts'
import type { FlowDeps } from '../flow/deps.ts'
import type { createGrants } from '../grants/registry.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import type { Tokens } from '../tokens/tokens.ts'
import { accountAppsRoutes } from './account-apps.ts'
import { accountClientRoutes } from './account-clients.ts'
import { authorizeRoutes } from './authorize.ts'
import { clientEndpoint } from './client.ts'
import { clientIdEndpoint } from './client-id.ts'
import { clientLogoRoute } from './client-logo.ts'
import { consentRoutes } from './consent.ts'
import { discoveryEndpoints } from './discovery.ts'
import { endSessionEndpoint } from './end-session.ts'
import { introspectEndpoint } from './introspect.ts'
import { jwksEndpoint } from './jwks.ts'
import { revokeEndpoint } from './revoke.ts'
import { tokenRoute } from './token.ts'
import { userinfoEndpoint } from './userinfo.ts'

/** What the addresses of the room share. */
export type EndpointDeps = Pick<AuthorizationDeps, 'accounts' | 'csrf' | 'pages'> & {
  readonly issuer: string
  readonly clientDocuments: boolean
  readonly logos: Logos
  readonly tables: Kysely<AuthorizationTables>
  readonly flow: FlowDeps
  readonly grants: ReturnType<typeof createGrants>
  readonly tokens: Tokens<User>
  readonly signer: Signer
  readonly registration: RegistrantDeps & RegistrationDeps & { readonly recordChange: RecordChange }
  /** @throws OAuthError `invalid_client` */
  readonly authenticateClient: (request: FastifyRequest) => Promise<{ readonly client: Client }>
}

/** All addresses of this room. */
export function authorizationEndpoints(server: FastifyInstance, deps: EndpointDeps): void {
  const people = deps.accounts
  authorizeRoutes(server, deps)
  consentRoutes(server, deps)
  accountAppsRoutes(server, { ...deps, findClient: deps.flow.findClient, apis: deps.flow.rules.apis })
  accountClientRoutes(server, deps)
  tokenRoute(server, { ...deps, rules: deps.flow.rules })
  introspectEndpoint(server, { ...deps, people })
  revokeEndpoint(server, deps)
  userinfoEndpoint(server, { ...deps, people })
  jwksEndpoint(server, deps)
  const { issuer, clientDocuments } = deps
  const { apis } = deps.flow.rules
  discoveryEndpoints(server, { issuer, clientDocuments, apis, grantTypes: deps.grants.names })
  endSessionEndpoint(server, { ...deps, findClient: deps.flow.findClient })
  clientEndpoint(server, deps.registration)
  clientIdEndpoint(server, deps.registration)
  clientLogoRoute(server, { logos: deps.logos, findClient: deps.flow.findClient })
}
