import { join } from 'node:path'
import { createCatApi, createDiceBear } from '#apis'
import { type Log, systemClock } from '#base'
import type { Config } from '#config'
import { createConnections } from '#connections'
import { createEnvelope, createSigner, type Keyring } from '#crypto'
import type { Database } from '#database'
import { createGateway } from '#gateway'
import { createPeers } from '#http'
import { createForwarder, createOutbound } from '#outbound'
import { createPictures, requireSafeSvg } from '#pictures'
import { createPlayground } from '#playground'
import { createRuns, type Mashup } from '#runs'
import { type BuiltAssets, createMetrics } from '#site'
import { createStorage } from '#storage'
import type { Closing } from './closing.ts'
import { createIdentity } from './identity.ts'
import { ownedThings } from './owned.ts'
import { createServices } from './services.ts'

/** A logo is small; whoever registers a client chooses what is fetched. */
const LOGO_BYTES = 1_000_000

export type Rooms = ReturnType<typeof createRooms>

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

  // What points up, against the order of the rooms (ARCHITECTURE.md, "Rooms"): filled below.
  const owned = ownedThings(() => ({ runs, connections, storage }))
  const onUsable = (ownerId: string) => runs.onUsable(ownerId)

  const { accounts, authorization, mail, signer, cookies, csrf, pages } = createIdentity({
    ...{ config, log, database, keyring, envelope, outbound, owned },
    manifest: deps.assets.manifest,
    picture: (url, hosts) => pictures.thumbnail({ url, hosts, width: 96, height: 96, maxBytes: LOGO_BYTES }),
    signInProviders: () => connections.signInProviders,
    gatewayCallbacks: () => gateway.callbacks(),
    apis: { list: () => gateway.apis.list(), describe: (scope) => gateway.apis.describe(scope) },
    guestHasThings: async (ownerId) =>
      (await connections.list(ownerId)).length > 0 || (await runs.list(ownerId, 1)).length > 0,
  })
  const identitySigner = createSigner({
    ...{ database, envelope, log },
    clock: systemClock,
    use: { purpose: 'identity', algs: ['ES256'] },
  })
  // Filled by the site, which knows its addresses once all rooms have theirs.
  const ownSegments = new Set<string>()
  const token = config.metricsToken
  const metrics =
    token && createMetrics({ routes: () => gateway.routesNow().length, problems: () => gateway.problems().length })
  const gateway = createGateway({
    measure: metrics?.gatewayRequest,
    settings: { publicUrl: config.publicUrl, port: config.port, file: config.gatewayFile },
    ...{ tokens: authorization.tokens, client: authorization.gatewayClient, accounts, log },
    ...{ identitySigner, envelope, outbound },
    forwarder: createForwarder(),
    peers: createPeers(config.trustedProxies),
    isOwnCookie: cookies.isOwn,
    ownSegments: () => ownSegments,
    clock: systemClock,
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
  const playground = createPlayground({
    ...{ database, envelope, cookies, csrf, pages },
    clock: systemClock,
    publicUrl: config.publicUrl,
  })
  return {
    accounts,
    artist,
    authorization,
    signer,
    cats,
    connections,
    cookies,
    csrf,
    gateway,
    identitySigner,
    mail,
    metrics: token && metrics && { token, metrics },
    ownSegments,
    pages,
    pictures,
    playground,
    runs,
    services,
    storage,
  }
}

/** All that `/connect/:provider` may ask for. */
function declaredScopes(mashups: readonly Mashup[]) {
  return mashups.flatMap(({ connect }) => Object.values(connect).map(({ provider, scopes }) => ({ provider, scopes })))
}
