import { BY_SERVER, createAccounts, type Owned, type SignInProvider } from '#accounts'
import { ACCOUNT_APPS_LINK, type Apis, type AuthorizationDeps, createAuthorization } from '#authorization'
import { type Log, systemClock } from '#base'
import type { Config } from '#config'
import { createPasswords, createSigner, deriveKey, type Envelope, type Keyring } from '#crypto'
import type { Database } from '#database'
import { createBasePath, createCookies, createCsrf } from '#http'
import { createMail } from '#mail'
import type { Outbound } from '#outbound'
import { PLAYGROUND_CALLBACK, PLAYGROUND_LINK } from '#playground'
import type { BuiltAssets } from '#site'
import { createPages, loadAssets } from '#ui'

/** Each takes 19 MB and 20 ms of a processor: more at once only wait for one another. */
const PASSWORDS_AT_ONCE = 2

/** The rooms that say who somebody is, for the server and for commands. Nothing is started here. */
export function createIdentity(deps: {
  config: Config
  log: Log
  database: Database
  keyring: Keyring
  envelope: Envelope
  outbound: Outbound
  manifest: BuiltAssets['manifest']
  /** What has to be removed before the row of an owner goes. */
  owned: readonly Owned[]
  guestHasThings: (ownerId: string) => Promise<boolean>
  /** For logos of apps; commands show none. */
  picture?: AuthorizationDeps['picture']
  /** Providers that are set up, for signing in with an account elsewhere. */
  signInProviders: () => readonly SignInProvider[]
  /** What stands behind routes of the gateway; commands know none. */
  apis?: Apis
  /** Where sign-ins on the hosts of its routes come back to. */
  gatewayCallbacks?: () => readonly string[]
}) {
  const { config, log, database, keyring, envelope, outbound, owned, guestHasThings } = deps
  const { publicUrl } = config
  const apisNow = () => deps.apis?.list() ?? []
  const cookies = createCookies(publicUrl)
  const csrf = createCsrf({ key: deriveKey(keyring.sealing, 'csrf'), cookies, publicUrl })
  const pages = createPages({
    asset: loadAssets(deps.manifest),
    href: createBasePath(publicUrl).href,
    csrf: csrf.token,
    sandbox: config.usesSandbox,
    nav: ({ caller }) => [
      ...(caller?.user?.isAdmin ? [{ href: '/console', label: 'Console' }] : []),
      caller?.user ? { href: '/account', label: 'Account' } : { href: '/login', label: 'Sign in' },
    ],
  })
  const signer = createSigner({
    ...{ database, envelope, clock: systemClock, log },
    onScheduled: ({ kid, alg }) =>
      accounts.audit.record(BY_SERVER, { action: 'key.rotated', target: { kind: 'key', id: kid }, details: { alg } }),
  })
  const mail = createMail({ database, config: config.mail, log })
  const accounts = createAccounts({
    ...{ database, cookies, csrf, pages, log, mail, signer, publicUrl, owned, guestHasThings },
    clock: systemClock,
    passwords: createPasswords({ concurrency: PASSWORDS_AT_ONCE }),
    limitKey: deriveKey(keyring.sealing, 'login limits'),
    envelope,
    challengeKey: deriveKey(keyring.sealing, 'passkey challenges'),
    passwordApi: config.authorization.passwordApi,
    // It points up, against the order of the rooms (ARCHITECTURE.md, "Rooms").
    onCredentialsChanged: (ownerId) => authorization.tokens.revokeGrantsOf({ ownerId }),
    // So does this.
    askingApp: (interaction) => authorization.askingApp(interaction),
    accountLinks: [ACCOUNT_APPS_LINK, PLAYGROUND_LINK],
    signInProviders: deps.signInProviders,
  })
  const authorization = createAuthorization({
    ...{ database, outbound, signer, accounts, csrf, pages, log },
    picture: deps.picture,
    clock: systemClock,
    settings: {
      publicUrl,
      ...config.authorization,
      reservedNames: ['Trivet', 'tinyoauth', 'Google', 'Discord', 'put.io'],
      ownRedirectUris: [publicUrl + PLAYGROUND_CALLBACK],
      // The gateway stands above this room; it fills these four (ARCHITECTURE.md, "Rooms").
      apis: deps.apis,
      gatewayCallbacks: deps.gatewayCallbacks,
      isKnownResource: (uri) =>
        config.authorization.resources.includes(uri) || apisNow().some(({ resource }) => resource === uri),
      hasMcpRoute: () => apisNow().some(({ isMcp }) => isMcp),
    },
  })
  return { accounts, mail, authorization, signer, cookies, csrf, pages }
}
