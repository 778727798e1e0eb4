import { randomBytes } from 'node:crypto'
import { createServer as createNetServer } from 'node:net'
import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import type { Failure } from '#base'
import type { OAuthProviderConfig } from '#config'
import { createEnvelope, parseKeyring } from '#crypto'
import type { Database } from '#database'
import { createCookies, createCsrf, createServer } from '#http'
import { createOutbound } from '#outbound'
import { testDatabase } from '#testing'
import { createPages } from '#ui'
import type { ConnectionsDeps } from '../deps.ts'
import { createConnections } from '../server.ts'
import type { ConnectionTables } from '../store/tables.ts'
import { type Browser, createBrowser } from './browser.fixture.ts'
import { ANA, type Person, startFakeProvider } from './fake-provider.fixture.ts'
import { createPeople } from './people.fixture.ts'

export const DRIVE = 'https://www.googleapis.com/auth/drive.file'
/** What access tokens live, in seconds, unless a test says otherwise. */
export const HOUR = 3600
export const NEED = { provider: 'google', scopes: ['drive.file'] }

export type RigOptions = Partial<ConnectionsDeps> & {
  readonly provider?: Partial<OAuthProviderConfig>
  readonly discord?: OAuthProviderConfig
  /** Routes that are there before this room's. */
  readonly before?: (server: FastifyInstance) => void
  /** `host:port` that may be called beside the fake provider. */
  readonly allow?: readonly string[]
}

/** The room as the product runs it: HTTP server, PostgreSQL, and a provider, all real, all of this test alone. */
export async function createRig(options: RigOptions = {}) {
  const { provider: changedConfig, discord: discordConfig, before, allow = [], ...changedDeps } = options
  const [test, provider, port] = [await testDatabase(), await startFakeProvider(), await freePort()]
  const google = { ...provider.config, ...changedConfig }
  const discord: OAuthProviderConfig = discordConfig ?? { ...provider.config, source: 'unset' }
  const publicUrl = `http://localhost:${port}`
  const providers = { google, discord }
  const version = '1.2.3'
  const lines: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const log = pino({ level: 'debug' }, stream)
  const keyring = `k1:${randomBytes(32).toString('base64url')}`
  const envelope = createEnvelope(parseKeyring(keyring))
  const cookies = createCookies(publicUrl)
  const csrf = createCsrf({ key: randomBytes(32), cookies, publicUrl })
  const pages = createPages({ asset: (name) => `/assets/${name}`, csrf: csrf.token, sandbox: true })
  const accounts = createPeople({
    ...{ database: test.database, cookies, csrf, pages, log, envelope, publicUrl },
    signInProviders: () => connections.signInProviders,
    owned: [{ erase: (ownerId) => connections.erase(ownerId) }],
  })
  const woken: { ownerId: string; connectionId: string }[] = []
  const outbounds: ReturnType<typeof createOutbound>[] = []

  /** One process's view of the room. */
  function instance(database: Database, changes: Partial<ConnectionsDeps> = {}) {
    const outbound = createOutbound({ allow: [provider.host, ...allow], userAgent: 'trivet-test' })
    outbounds.push(outbound)
    return createConnections({
      database,
      envelope,
      outbound,
      config: { publicUrl, providers },
      version,
      accounts,
      csrf,
      pages,
      log,
      onUsable: async (ownerId, connectionId) => void woken.push({ ownerId, connectionId }),
      declaredScopes: () => [NEED],
      ...changedDeps,
      ...changes,
    })
  }

  const connections = instance(test.database)
  const server = await createServer({
    config: { publicUrl, trustedProxies: ['loopback'] },
    log,
    renderError: (_request, _reply, shown) => `<h1>${shown.title}</h1><p>${shown.detail}</p><code>${shown.code}</code>`,
  })
  accounts.resolveCallers(server)
  before?.(server)
  await connections.routes(server)
  accounts.routes(server)
  server.get('/who', async ({ caller }) => ({ caller }))
  await server.listen({ port, host: '127.0.0.1' })

  const rig = {
    publicUrl,
    self: { publicUrl, version },
    providers,
    provider,
    test,
    accounts,
    tables: test.database.tables<ConnectionTables>(),
    keyring,
    connections,
    woken,
    logged: () => lines.join(''),
    browser: () => createBrowser(publicUrl),
    another: async (changes: Partial<ConnectionsDeps> = {}) => instance(await test.open(), changes),
    /** As far as the provider's page: the address that the browser is sent to. */
    async start(browser: Browser, fields: Record<string, string> = {}): Promise<string> {
      const answer = await browser.submit('/connect/google', {
        scopes: 'drive.file',
        return_to: '/cats?run=7',
        ...fields,
      })
      if (answer.status !== 303) throw new Error(`not begun: ${answer.status} ${answer.body}`)
      return answer.location
    },
    callback: (browser: Browser, query: URLSearchParams) => browser.get(`/connect/google/callback?${query}`),
    /** The person agrees, and once more where consent is asked for again. @returns the last answer of the callback. */
    async agree(browser: Browser, location: string, person: Person = ANA) {
      const answer = await rig.callback(browser, provider.agree(location, person))
      if (!answer.location.startsWith(provider.url)) return answer
      return rig.callback(browser, provider.agree(answer.location, person))
    },
    /** From the button to a stored connection. */
    async connect(browser = createBrowser(publicUrl), person: Person = ANA, fields: Record<string, string> = {}) {
      const location = await rig.start(browser, fields)
      const answer = await rig.agree(browser, location, person)
      const row = await rig.tables.selectFrom('connection').selectAll().orderBy('id', 'desc').executeTakeFirstOrThrow()
      const account = { ownerId: row.owner_id, connectionId: row.id, need: NEED }
      return { browser, answer, row, account }
    },
    /** A sign-in on its way: the query of a callback that will work in this browser. */
    async begun(fields: Record<string, string> = {}) {
      const browser = createBrowser(publicUrl)
      return { browser, query: provider.agree(await rig.start(browser, fields)) }
    },
    /** The page that a sign-in which failed leads to, at an address without a code. */
    async outcomeOf(browser: Browser, query: URLSearchParams) {
      const { status, location } = await rig.callback(browser, query)
      if (status !== 303 || !/^\/connect\/google\/outcome\/[\da-f-]{36}$/.test(location)) {
        throw new Error(`not a page of its own: ${status} ${location}`)
      }
      return browser.get(location)
    },
    /** A connection whose access token has just ended by its own word. */
    async expired() {
      const connected = await rig.connect()
      await test.shift(HOUR + 1)
      return { ...connected, id: connected.row.id, handle: rig.connections.account(connected.account) }
    },
    async refreshesDuring(work: () => Promise<unknown>): Promise<number> {
      const before = provider.calls.refresh
      await work()
      return provider.calls.refresh - before
    },
    countConnections: async () => (await rig.tables.selectFrom('connection').select('id').execute()).length,
    row: (id: string) => rig.tables.selectFrom('connection').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    async close() {
      await server.close()
      await Promise.all(outbounds.map((outbound) => outbound.close()))
      await provider.close()
      await test.close()
    },
  }
  return rig
}

export type Rig = Awaited<ReturnType<typeof createRig>>

/** What became of a call: `sent`, or the failure as data. */
export const attempt = (promise: Promise<unknown>) =>
  promise.then(
    () => 'sent',
    (error: Failure) => error.data ?? error,
  )

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createNetServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
