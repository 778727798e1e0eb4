import { join } from 'node:path'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { type Config, isLoopbackUrl } from '#config'
import { loadKeyring, registerKeys } from '#crypto'
import { createTraffic } from '#http'
import { MASHUPS, type OwnMashups } from '#mashups'
import { readAssets } from '#site'
import { type Closing, createClosing, startTogether } from './app/closing.ts'
import { prepareDataDirectory } from './app/data-directory.ts'
import { connectDatabase } from './app/database.ts'
import { keepHouse } from './app/housekeeping.ts'
import { mostConnections } from './app/most-connections.ts'
import { readOwnMashups } from './app/own-mashups.ts'
import { createRooms } from './app/rooms.ts'
import { runSandbox } from './app/sandbox.ts'
import { createSite } from './app/site.ts'

export { type OpenRooms, openRooms } from './app/open-rooms.ts'

export type App = {
  readonly server: FastifyInstance
  /** How the database is run, for the lines printed at the start. */
  readonly databaseMode: string
  /** What the folder for mash-ups of one's own holds. */
  readonly own: OwnMashups
  /** For whoever sees the output of a start on their own machine, once for a database (security §10.11). */
  setupLink(): Promise<string | undefined>
  /** Resolves with a reason when the app cannot go on. */
  readonly broken: Promise<string>
  /** Says at `/readyz` that the process is about to stop; everything is served as before. */
  leave(): void
  /** Stops everything in the opposite order, answers that are on their way first. May be called again. */
  close(): Promise<void>
}

/** What the build made: where it put the assets and the sandbox, and the version of the package. */
export type Built = { readonly directory: string; readonly version: string }

/**
 * The composition root: data directory → keys → database and sandbox → rooms → engine → housekeeping → Fastify.
 *
 * @throws StartError that says what to do; what was started by then is stopped again.
 */
export async function createApp(config: Config, log: FastifyBaseLogger, built: Built): Promise<App> {
  const closing = createClosing(log)
  try {
    return await compose(config, log, built, closing)
  } catch (error) {
    await closing.close()
    throw error
  }
}

async function compose(config: Config, log: FastifyBaseLogger, built: Built, closing: Closing): Promise<App> {
  await prepareDataDirectory(config.dataDir)
  const keyring = await loadKeyring({ setting: config.masterKey, dataDir: config.dataDir })
  const [{ database, mode, ended }, sandbox, own] = await startTogether([
    connectDatabase(config, log, closing),
    runSandbox(config, log, built, closing),
    readOwnMashups(config, log, built),
  ])
  await registerKeys(database, keyring)

  const mashups = [...MASHUPS, ...own.mashups]
  const assets = readAssets(join(built.directory, 'assets'))
  const rooms = createRooms({
    ...{ config, log, closing, database, keyring, assets },
    version: built.version,
    mashups,
  })
  const { accounts, authorization, connections, identitySigner, mail, playground, runs, signer } = rooms
  closing.add(async () => signer.close())
  await signer.start()
  closing.add(async () => identitySigner.close())
  await identitySigner.start()
  closing.add(() => mail.close())
  mail.start(accounts.writers)
  closing.add(() => authorization.close())
  await authorization.start()
  closing.add(() => runs.stop())
  await runs.startEngine()
  closing.add(
    keepHouse(log, [
      (signal) => accounts.prune(signal),
      () => connections.sweep(),
      () => authorization.sweep(),
      () => signer.tick(),
      () => identitySigner.tick(),
      () => mail.prune(),
      () => playground.sweep(),
    ]),
  )

  const { version } = built
  const most = mostConnections()
  const traffic = createTraffic(most === undefined ? undefined : { connections: most, log })
  const server = await createSite({
    config,
    log,
    database,
    assets,
    rooms,
    mashups,
    broken: own.broken,
    version,
    traffic,
  })
  // After the server: what is on its way goes through it.
  closing.add(() => rooms.gateway.close())
  closing.add(() => server.close())
  if (config.role !== 'worker') await rooms.gateway.start()
  return {
    server,
    databaseMode: mode,
    own,
    setupLink: async () =>
      isLoopbackUrl(config.publicUrl) && config.role !== 'worker' ? accounts.setupLink() : undefined,
    broken: Promise.race([ended, sandbox.ended]),
    leave: traffic.leave,
    close: closing.close,
  }
}
