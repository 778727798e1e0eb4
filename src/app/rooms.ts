import { join } from 'node:path'
import type { Owned } from '#accounts'
import { createCatApi, createDiceBear } from '#apis'
import { type Log, systemClock } from '#base'
import type { Config } from '#config'
import { createConnections } from '#connections'
import { createEnvelope, type Keyring } from '#crypto'
import type { Database } from '#database'
import { createOutbound } from '#outbound'
import { createPictures, requireSafeSvg } from '#pictures'
import { createRuns, type Mashup } from '#runs'
import type { BuiltAssets } from '#site'
import { createStorage } from '#storage'
import type { Closing } from './closing.ts'
import { createIdentity } from './identity.ts'
import { createServices } from './services.ts'

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
  const owned: Owned[] = [
    { erase: (id) => runs.erase(id) },
    { erase: (id) => connections.erase(id) },
    { erase: (id) => storage.removeOwner(id) },
  ]
  const onUsable = (ownerId: string) => runs.onUsable(ownerId)

  const { accounts, authorization, signer, csrf, pages } = createIdentity({
    ...{ config, log, database, keyring, envelope, outbound, owned },
    manifest: deps.assets.manifest,
    guestHasThings: async (ownerId) =>
      (await connections.list(ownerId)).length > 0 || (await runs.list(ownerId, 1)).length > 0,
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
