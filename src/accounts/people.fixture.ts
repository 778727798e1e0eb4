import { randomBytes } from 'node:crypto'
import { createServer as createNetServer } from 'node:net'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { systemClock } from '#base'
import type { MailConfig } from '#config'
import { createEnvelope, createPasswords, createSigner, parseKeyring } from '#crypto'
import type { Database } from '#database'
import { createCookies, createCsrf, createServer } from '#http'
import { createMail } from '#mail'
import { silentLog, testDatabase } from '#testing'
import { createPages } from '#ui'
import { type Browser, createBrowser } from './browser.fixture.ts'
import { type Accounts, type AccountsDeps, createAccounts } from './index.ts'
import type { AccountTables } from './store/tables.ts'

export const PASSWORD = 'four words in a row'

/**
 * The room as the product runs it: HTTP, PostgreSQL, Argon2id and signing keys, all real and of this test alone.
 *
 * @param more routes of another room, which use this one
 * @param post where letters go; nowhere, unless told
 */
export async function createTown(
  changes: Partial<AccountsDeps> = {},
  more: (server: FastifyInstance, accounts: Accounts) => void = () => undefined,
  post: MailConfig = { server: undefined, toLog: false },
) {
  const test = await testDatabase()
  const port = await freePort()
  const publicUrl = `http://localhost:${port}`
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const envelope = createEnvelope(parseKeyring(`k1:${randomBytes(32).toString('base64url')}`))
  const signer = createSigner({ database: test.database, envelope, clock: systemClock, log: silentLog })
  await signer.start()
  const cookies = createCookies(publicUrl)
  const csrf = createCsrf({ key: randomBytes(32), cookies, publicUrl })
  const pages = createPages({ asset: (name) => `/assets/${name}`, csrf: csrf.token, sandbox: false })
  const mail = createMail({ database: test.database, config: post, log })
  const ended: string[] = []
  const limitKey = randomBytes(32)
  const servers: FastifyInstance[] = []

  /** One process's view of the room. */
  function instance(database: Database) {
    return createAccounts({
      ...{ database, cookies, csrf, pages, log, mail, signer, publicUrl, limitKey, envelope },
      challengeKey: limitKey,
      clock: systemClock,
      passwords: createPasswords({ concurrency: 2 }),
      passwordApi: true,
      owned: [],
      guestHasThings: async () => true,
      onCredentialsChanged: async (ownerId) => void ended.push(ownerId),
      accountLinks: [],
      signInProviders: () => [],
      ...changes,
    })
  }

  async function serve(accounts: ReturnType<typeof instance>, at: number) {
    const server = await createServer({
      config: { publicUrl, trustedProxies: ['loopback'] },
      log,
      renderError: (_request, _reply, shown) =>
        `<h1>${shown.title}</h1><p>${shown.detail}</p><code>${shown.code}</code>`,
    })
    servers.push(server)
    accounts.resolveCallers(server)
    accounts.routes(server)
    more(server, accounts)
    server.get('/who', async ({ caller }) => ({ caller }))
    server.get('/bearer', async (request) => ({ user: (await accounts.bearerUser(request)) ?? null }))
    server.post('/act', async (request, reply) => accounts.ensureOwner(request, reply))
    await server.listen({ port: at, host: '127.0.0.1' })
  }

  const accounts = instance(test.database)
  await serve(accounts, port)
  mail.start(accounts.writers)
  const tables = test.database.tables<AccountTables>()
  let names = 0

  return {
    ...test,
    accounts,
    cookies,
    signer,
    publicUrl,
    tables,
    /** Owners whose apps were told to stop. */
    ended,
    logged: () => lines.join(''),
    visitor: (headers: Readonly<Record<string, string>> = {}): Browser => createBrowser(publicUrl, headers),
    /** A second process on the same database, behind the same public URL. */
    async another() {
      const other = await freePort()
      await serve(instance(await test.open()), other)
      return other
    },
    /** Somebody with a name, and the password that everybody has here. */
    async user(username = `person${names++}`) {
      const outcome = await accounts.createUser({ username, password: PASSWORD, isAdmin: false })
      if ('errors' in outcome) throw new Error(outcome.errors[0]?.message)
      return outcome.user
    },
    /** A browser in which somebody has signed in by the form. */
    async signedIn(username: string): Promise<Browser> {
      const browser = createBrowser(publicUrl)
      const { status } = await browser.submit('/login', { username, password: PASSWORD })
      if (status !== 303) throw new Error(`signing in gave ${status}`)
      return browser
    },
    login: (username: unknown, password: unknown = PASSWORD, headers: Readonly<Record<string, string>> = {}) =>
      createBrowser(publicUrl, headers).json('POST', '/login', { username, password }),
    row: (id: string) => tables.selectFrom('user_account').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    async close() {
      for (const server of servers) await server.close()
      await mail.close()
      signer.close()
      await test.close()
    },
  }
}

export type Town = Awaited<ReturnType<typeof createTown>>

async function freePort(): Promise<number> {
  const server = createNetServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
