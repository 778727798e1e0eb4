import { join } from 'node:path'
import { createAccounts, type Owned } from '#accounts'
import { createCatApi, createDiceBear } from '#apis'
import { ACCOUNT_APPS_LINK, createAuthorization } from '#authorization'
import { type Log, systemClock } from '#base'
import type { Config } from '#config'
import { createConnections } from '#connections'
import { createEnvelope, createPasswords, createSigner, deriveKey, type Keyring } from '#crypto'
import type { Database } from '#database'
import { createCookies, createCsrf } from '#http'
import { createOutbound } from '#outbound'
import { createPictures, requireSafeSvg } from '#pictures'
import { createRuns, type Mashup } from '#runs'
import type { BuiltAssets } from '#site'
import { createStorage } from '#storage'
import { createPages, loadAssets } from '#ui'
import type { Closing } from './closing.ts'
import { createServices } from './services.ts'

export type Rooms = ReturnType<typeof createRooms>

/** Each takes 19 MB and 20 ms of a processor: more at once only wait for one another. */
const PASSWORDS_AT_ONCE = 2

/** Every room, built from what stands below it. Nothing is started here. */
export function createRooms(deps: {
  config: Config
  log: Log
  closing: Closing
  database: Database
  keyring: Keyring
  assets: BuiltAssets
  version: string
  /** Those that ship with Trivet, and one's own. */
  mashups: readonly Mashup[]
}) {
  const { config, log, closing, database, keyring, mashups } = deps
  const { publicUrl } = config
  const envelope = createEnvelope(keyring)
  const outbound = createOutbound({ allow: config.outboundAllow, userAgent: `Trivet/${deps.version}` })
  closing.add(() => outbound.close())
  const directory = join(config.dataDir, 'files')
  const storage = createStorage({ database, directory, cacheBytes: config.cacheBytes, log })
  const pictures = createPictures({ outbound, storage, log })
  closing.add(() => pictures.close())
  const cats = createCatApi({ outbound, url: config.theCatApi.url, key: config.theCatApi.key })
  const { diceBear } = config
  const artist = createDiceBear({ outbound, url: diceBear.url, requireSafe: requireSafeSvg, log })
  const services = createServices({
    thecatapi: { client: cats, shown: { name: 'The Cat API', source: config.theCatApi.source } },
    dicebear: {
      client: artist,
      ...(diceBear.source === 'here' ? {} : { shown: { name: 'DiceBear', source: diceBear.source } }),
    },
    pictures: { client: pictures },
  })

  const cookies = createCookies(publicUrl)
  const csrf = createCsrf({ key: deriveKey(keyring.sealing, 'csrf'), cookies, publicUrl })
  const pages = createPages({ asset: loadAssets(deps.assets.manifest), csrf: csrf.token, sandbox: config.usesSandbox })

  // What points up, against the order of the rooms (ARCHITECTURE.md, "Rooms"): filled below.
  const owned: Owned[] = [
    { erase: (id) => runs.erase(id) },
    { erase: (id) => connections.erase(id) },
    { erase: (id) => storage.removeOwner(id) },
  ]
  const onUsable = (ownerId: string) => runs.onUsable(ownerId)

  const signer = createSigner({ database, envelope, clock: systemClock, log })
  const accounts = createAccounts({
    ...{ database, cookies, csrf, pages, log, signer, publicUrl, owned },
    clock: systemClock,
    passwords: createPasswords({ concurrency: PASSWORDS_AT_ONCE }),
    limitKey: deriveKey(keyring.sealing, 'login limits'),
    passwordApi: config.authorization.passwordApi,
    guestHasThings: async (ownerId) =>
      (await connections.list(ownerId)).length > 0 || (await runs.list(ownerId, 1)).length > 0,
    onCredentialsChanged: (ownerId) => authorization.tokens.revokeGrantsOf({ ownerId }),
    accountLinks: [ACCOUNT_APPS_LINK],
  })
  const authorization = createAuthorization({
    ...{ database, outbound, signer, accounts, csrf, pages, log },
    clock: systemClock,
    settings: {
      publicUrl,
      ...config.authorization,
      reservedNames: ['Trivet', 'tinyoauth', 'Google', 'Discord', 'put.io'],
      // The gateway, which has such routes, is still to come.
      hasMcpRoute: () => false,
    },
  })
  const connections = createConnections({
    ...{ database, envelope, outbound, config, accounts, csrf, pages, log, onUsable },
    version: deps.version,
    declaredScopes: () => declaredScopes(mashups),
    picture: (url, hosts) => pictures.thumbnail({ url, hosts, width: 96, height: 96 }),
  })
  const runs = createRuns({
    ...{ database, connections, storage, envelope, log },
    services: services.client,
    mashups,
    role: config.role,
    migrate: config.databaseUrl === undefined,
    clock: systemClock,
  })
  return { accounts, artist, authorization, signer, cats, connections, csrf, pages, pictures, runs, services, storage }
}

/** All that `/connect/:provider` may ask for. */
function declaredScopes(mashups: readonly Mashup[]) {
  return mashups.flatMap(({ connect }) => Object.values(connect).map(({ provider, scopes }) => ({ provider, scopes })))
}
