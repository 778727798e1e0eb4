import type { Accounts } from '#accounts'
import type { Clock, Log } from '#base'
import type { Signer } from '#crypto'
import type { Database } from '#database'
import type { Csrf } from '#http'
import type { Outbound } from '#outbound'
import type { Pages } from '#ui'
import type { Apis } from './checks/apis.ts'
import type { FetchPicture } from './clients/logos.ts'
import type { RegistrationPolicy } from './clients/metadata/rights.ts'

/** What the room needs of others. */
export type AuthorizationDeps = {
  readonly database: Database
  readonly outbound: Pick<Outbound, 'send'>
  readonly signer: Signer
  readonly accounts: Pick<
    Accounts,
    'user' | 'userByPublicId' | 'claimsOf' | 'bearerUser' | 'signOut' | 'audit' | 'confirmFirst'
  >
  readonly csrf: Csrf
  readonly pages: Pages
  readonly log: Log
  readonly clock: Clock
  readonly settings: AuthorizationSettings
  /** For logos of clients; without it none are shown. */
  readonly picture?: FetchPicture | undefined
}

export type AuthorizationSettings = {
  /** The issuer: `TRIVET_PUBLIC_URL`, without a slash at its end. */
  readonly publicUrl: string
  /** `TRIVET_DEFAULT_SCOPE`: what a request gets that names no scope, if its client has no default. */
  readonly defaultScopes: readonly string[]
  /** `TRIVET_REGISTRATION`. */
  readonly registration: RegistrationPolicy
  /** Names of this product and of its providers: unverified clients must not look like them. */
  readonly reservedNames: readonly string[]
  /** Addresses of this very server that clients may be called back at, such as the playground's. */
  readonly ownRedirectUris?: readonly string[] | undefined
  /** `TRIVET_CIMD`: whether clients are taken whose id is the address of a document about them. */
  readonly clientDocuments: boolean
  /** `TRIVET_APP_SCHEMES`: schemes without a dot that redirect URIs of native clients may have. */
  readonly appSchemes: readonly string[]
  /** Whether tokens can be asked for an API, beside this server: those of `TRIVET_RESOURCES`, and routes of a gateway. */
  readonly isKnownResource: (uri: string) => boolean
  /** Those behind routes of the gateway, with their scopes; absent where there is no gateway. */
  readonly apis?: Apis | undefined
  /** Where sessions of the gateway on other hosts come back to, as its routes are now. */
  readonly gatewayCallbacks?: (() => readonly string[]) | undefined
  /** Whether a route of the gateway is for MCP clients now. */
  readonly hasMcpRoute: () => boolean
}
