import { join } from 'node:path'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { createAccounts } from '#accounts'
import { API_ERRORS, createCatApi } from '#apis'
import { StartError, systemClock } from '#base'
import type { Config } from '#config'
import { CONNECTION_PROBLEMS, createConnections } from '#connections'
import { createEnvelope, deriveKey, loadKeyring, registerKeys } from '#crypto'
import { migrate, openDatabase, pendingMigrations, startEmbeddedPostgres } from '#database'
import { createCookies, createCsrf, createServer, failureProblems, HTTP_PROBLEMS } from '#http'
import { MASHUPS, mashupRoutes } from '#mashups'
import { createOutbound, OUTBOUND_FAILURES } from '#outbound'
import { createPictures, PICTURE_ERRORS } from '#pictures'
import { createRuns, RUN_PROBLEMS, runRoutes } from '#runs'
import { assetRoute, healthRoutes, privacyRoute, problemRoutes, readAssets } from '#site'
import { createStorage, STORAGE_ERRORS } from '#storage'
import { createPages, ErrorPage, loadAssets, renderPage } from '#ui'
import { mountSandbox, startSandbox } from './sandbox-process/index.ts'

export type App = {
  readonly server: FastifyInstance
  /** How the database is run, for the lines printed at the start. */
  readonly databaseMode: string
  /** Resolves with a reason when the app cannot go on. */
  readonly broken: Promise<string>
  close(): Promise<void>
}

/** Every code there is: the closed catalogue behind `/problems`. */
const PROBLEMS = {
  ...failureProblems({ ...OUTBOUND_FAILURES, ...STORAGE_ERRORS, ...PICTURE_ERRORS, ...API_ERRORS }),
  ...HTTP_PROBLEMS,
  ...RUN_PROBLEMS,
  ...CONNECTION_PROBLEMS,
}

const DATABASE_CONNECTIONS = 8
const HOUSEKEEPING_MS = 10 * 60 * 1000

/**
 * The composition root: config → database → crypto → rooms → Fastify.
 *
 * @param built where the build put the assets and the sandbox
 * @throws StartError that says what to do; what was started by then is stopped again.
 */
export async function createApp(config: Config, log: FastifyBaseLogger, built: { directory: string }): Promise<App> {
  const closing: (() => Promise<void>)[] = []
  const close = async () => {
    for (const step of closing.reverse())
      await step().catch((error) => log.error({ err: error }, 'Could not be closed'))
    closing.length = 0
  }
  try {
    return await compose(config, log, built, closing, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function compose(
  config: Config,
  log: FastifyBaseLogger,
  built: { directory: string },
  closing: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<App> {
  const keyring = await loadKeyring({ setting: config.masterKey, dataDir: config.dataDir })
  const [{ database, mode, broken }] = await Promise.all([
    connectDatabase(config, log, closing),
    needsSandbox(config) ? runSandbox(config, log, built, closing) : undefined,
  ])
  await registerKeys(database, keyring)
  const envelope = createEnvelope(keyring)

  const outbound = createOutbound({ allow: outboundAllow(config), userAgent: 'Trivet/0.1' })
  closing.push(() => outbound.close())
  const storage = createStorage({
    database,
    directory: join(config.dataDir, 'files'),
    cacheBytes: config.cacheBytes,
    log,
  })
  const pictures = createPictures({ outbound, storage, log })
  const cats = createCatApi({ outbound, url: config.theCatApi.url, key: config.theCatApi.key })

  const assets = readAssets(join(built.directory, 'assets'))
  const cookies = createCookies(config.publicUrl)
  const csrf = createCsrf({ key: deriveKey(keyring.sealing, 'csrf'), cookies, publicUrl: config.publicUrl })
  const sandbox = needsSandbox(config)
  const pages = createPages({ asset: loadAssets(assets.manifest), csrf: csrf.token, sandbox })
  const accounts = createAccounts({
    database,
    cookies,
    owned: [{ erase: (id) => connections.erase(id) }, { erase: storage.removeOwner }],
  })

  const declaredScopes = () =>
    MASHUPS.flatMap((mashup) => Object.values(mashup.connect).map(({ provider, scopes }) => ({ provider, scopes })))
  const connections = createConnections({
    database,
    envelope,
    outbound,
    config,
    accounts,
    csrf,
    pages,
    log,
    declaredScopes,
    picture: (url, hosts) => pictures.thumbnail({ url, hosts, width: 96, height: 96 }),
    onUsable: (ownerId) => runs.onUsable(ownerId),
  })
  const services = serviceRegistry({ thecatapi: cats, pictures })
  const runs = createRuns({
    database,
    connections,
    storage,
    envelope,
    services,
    mashups: MASHUPS,
    role: config.role,
    migrate: config.databaseUrl === undefined,
    clock: systemClock,
    log,
  })
  closing.push(() => runs.stop())
  await runs.startEngine()
  closing.push(
    keepHouse(log, async () => {
      await accounts.prune()
      await connections.sweep()
    }),
  )

  const server = await createServer({
    config,
    log,
    renderError: (request, reply, shown) => {
      const { detail, ...rest } = shown
      return renderPage(ErrorPage({ page: pages.context(request, reply), message: detail, ...rest }))
    },
  })
  closing.push(() => server.close())
  healthRoutes(server, { ready: () => isReachable(database) })
  if (config.role !== 'worker') {
    assetRoute(server, assets)
    if (sandbox) await mountSandbox(server, config.sandbox)
    await server.register(async (site) => {
      accounts.resolveCallers(site)
      mashupRoutes(site, { runs, cats, pictures, pages, home: config.home })
      runRoutes(site, {
        runs,
        mashups: MASHUPS,
        services,
        serviceSource: (name) =>
          name === 'thecatapi' ? { name: 'The Cat API', source: config.theCatApi.source } : undefined,
        accounts,
        connections,
        storage,
        csrf,
        pages,
        publicUrl: config.publicUrl,
      })
      await connections.routes(site)
      privacyRoute(site, { pages })
      problemRoutes(site, { pages, catalogue: PROBLEMS })
    })
  }
  return { server, databaseMode: mode, broken, close }
}

async function connectDatabase(config: Config, log: FastifyBaseLogger, closing: (() => Promise<void>)[]) {
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbeddedPostgres({ directory: join(config.dataDir, 'postgres'), log })
  if (embedded) closing.push(() => embedded.stop())
  const url = config.databaseUrl ?? embedded?.url
  if (!url) throw new StartError('There is no database.')
  const database = await openDatabase({ url, poolSize: DATABASE_CONNECTIONS, log })
  closing.push(() => database.close())
  if (embedded) await migrate(database)
  else {
    const pending = await pendingMigrations(database)
    if (pending.length > 0)
      throw new StartError(`The database is not up to date (${pending.length} migrations): run "npx trivet migrate".`)
  }
  const broken = embedded?.died ?? new Promise<string>(() => undefined)
  return { database, mode: embedded ? `embedded PostgreSQL, ${embedded.mode}` : 'PostgreSQL of DATABASE_URL', broken }
}

function needsSandbox(config: Config): boolean {
  return config.providers.google.source === 'sandbox' || config.theCatApi.source === 'sandbox'
}

async function runSandbox(
  config: Config,
  log: FastifyBaseLogger,
  built: { directory: string },
  closing: (() => Promise<void>)[],
) {
  if (config.sandbox.external !== undefined) return
  const program = join(built.directory, 'sandbox.js')
  const process = await startSandbox({
    program,
    sandbox: config.sandbox,
    directory: join(config.dataDir, 'sandbox'),
    log,
  })
  closing.push(() => process.stop())
}

function outboundAllow(config: Config): string[] {
  return needsSandbox(config) ? [...config.outboundAllow, new URL(config.sandbox.url).host] : [...config.outboundAllow]
}

/** Services of mash-ups by name. */
function serviceRegistry(services: Readonly<Record<string, unknown>>): (name: string) => unknown {
  return (name) => {
    if (!Object.hasOwn(services, name)) throw new Error(`There is no service called ${name}`)
    return services[name]
  }
}

function keepHouse(log: FastifyBaseLogger, work: () => Promise<void>): () => Promise<void> {
  const timer = setInterval(
    () => work().catch((error) => log.warn({ err: error }, 'Housekeeping did not get through')),
    HOUSEKEEPING_MS,
  )
  return async () => clearInterval(timer)
}

async function isReachable(database: { notify(channel: string, payload: string): Promise<void> }): Promise<boolean> {
  return database.notify('trivet_ready', '').then(
    () => true,
    () => false,
  )
}
