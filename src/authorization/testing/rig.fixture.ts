import { createHash, randomBytes } from 'node:crypto'
import { createServer as createNetServer } from 'node:net'
import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { systemClock } from '#base'
import { createEnvelope, createSigner, parseKeyring, randomToken } from '#crypto'
import type { Database } from '#database'
import { createCookies, createCsrf, createServer } from '#http'
import { createOutbound } from '#outbound'
import { testDatabase } from '#testing'
import { createPages } from '#ui'
import type { Client } from '../clients/client.ts'
import type { AuthorizationDeps, AuthorizationSettings } from '../deps.ts'
import { type Authorization, createAuthorization } from '../server.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import { type Answer, type Browser, createBrowser } from './browser.fixture.ts'
import { createPeople, createTown, type Person, signInWithoutPassword } from './people.fixture.ts'

export type RigOptions = {
  readonly settings?: Partial<AuthorizationSettings>
  /** `host:port` of this machine that the room may call. */
  readonly allow?: readonly string[]
  readonly picture?: AuthorizationDeps['picture']
  /** Routes of a test beside the room's. */
  readonly more?: (server: FastifyInstance) => void
}

export type TestClient = { readonly client: Client; readonly secret: string | undefined; readonly redirectUri: string }
type Words = Readonly<Record<string, string>>

/** The room as the product runs it: HTTP server and PostgreSQL, both real and of this test alone. */
export async function createRig(options: RigOptions = {}) {
  const [test, port] = [await testDatabase(), await freePort()]
  const publicUrl = `http://localhost:${port}`
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
  const outbound = createOutbound({ allow: options.allow ?? [], userAgent: 'trivet-test' })
  const cookies = createCookies(publicUrl)
  const csrf = createCsrf({ key: randomBytes(32), cookies, publicUrl })
  const pages = createPages({ asset: (name) => `/assets/${name}`, csrf: csrf.token, sandbox: false })
  const closing: (() => unknown)[] = []

  /** One process's view of the room, listening on a port. */
  async function instance(database: Database, listenPort: number) {
    const signer = createSigner({ database, envelope, clock: systemClock, log })
    await signer.start()
    const accounts = createTown({
      ...{ database, signer, cookies, csrf, pages, log, publicUrl },
      askingApp: (interaction) => authorization.askingApp(interaction),
    })
    const authorization: Authorization = createAuthorization({
      ...{ database, outbound, signer, accounts, csrf, pages, log },
      clock: systemClock,
      picture: options.picture,
      settings: {
        publicUrl,
        defaultScopes: ['profile'],
        registration: 'open',
        reservedNames: ['Trivet', 'Google', 'Discord'],
        hasMcpRoute: () => false,
        clientDocuments: true,
        appSchemes: ['cursor'],
        isKnownResource: (uri) => /^https:\/\/[a-z]+\.example(\/|$)/.test(uri),
        ...options.settings,
      },
    })
    await authorization.start()
    const server = await createServer({
      config: { publicUrl, trustedProxies: ['loopback'] },
      log,
      renderError: (_request, _reply, shown) => `<h1 id="error">${shown.title}</h1><p>${shown.detail}</p>`,
    })
    accounts.resolveCallers(server)
    accounts.routes(server)
    authorization.routes(server)
    signInWithoutPassword(server, accounts)
    options.more?.(server)
    await server.listen({ port: listenPort, host: '127.0.0.1' })
    closing.push(
      () => server.close(),
      () => authorization.close(),
      () => signer.close(),
    )
    return { accounts, authorization, signer, url: `http://127.0.0.1:${listenPort}` }
  }

  const { accounts, authorization, signer } = await instance(test.database, port)
  const people = createPeople(test.database, accounts)

  const rig = {
    ...{ publicUrl, test, accounts, authorization, signer, people, csrf, keyring },
    tables: test.database.tables<AuthorizationTables>(),
    logged: () => lines.join(''),
    browser: () => createBrowser(publicUrl),
    /** A second process on the same database. */
    another: async () => instance(await test.open(), await freePort()),

    /** Registered by command, so that all of its metadata count. */
    async client(metadata: Record<string, unknown> = {}, owner?: Person): Promise<TestClient> {
      const registered = await authorization.clients.register(
        { kind: 'admin', ownerId: owner?.id ?? null },
        {
          client_name: 'Test app',
          redirect_uris: ['https://app.example/cb'],
          grant_types: ['authorization_code', 'refresh_token'],
          token_endpoint_auth_method: 'none',
          ...metadata,
        },
      )
      const { client, secret } = registered
      return { client, secret, redirectUri: client.redirectUris[0] ?? '' }
    },

    /** Somebody signed in, in a browser of their own. */
    async person() {
      const [person, browser] = [await people.create(), createBrowser(publicUrl)]
      const caller = await people.signIn(browser, person)
      return { person, browser, caller, bearer: { authorization: `Bearer ${await people.loginToken(person)}` } }
    },

    /** The path of an authorization request that nothing is wrong with, but for what `changes` say. */
    authorizePath(app: TestClient, changes: Words = {}, verifier = VERIFIER): string {
      return `/authorize?${rig.request(app, changes, verifier)}`
    },

    request(app: TestClient, changes: Words = {}, verifier = VERIFIER): URLSearchParams {
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: app.client.id,
        redirect_uri: app.redirectUri,
        state: 'st',
        scope: 'profile',
        code_challenge: challengeOf(verifier),
        code_challenge_method: 'S256',
        ...changes,
      })
      for (const [name, value] of [...query]) if (value === LEFT_OUT) query.delete(name)
      return query
    },

    /** Through consent, if there is one. @returns what the client gets */
    async allow(browser: Browser, path: string): Promise<URLSearchParams> {
      let answer = await browser.get(path)
      if (answer.location.startsWith('/consent')) answer = await browser.press(answer.location, 'consent-allow')
      return responseOf(answer)
    },

    async code(app: TestClient, browser: Browser, changes: Words = {}): Promise<string> {
      const code = (await rig.allow(browser, rig.authorizePath(app, changes))).get('code')
      if (code === null) throw new Error('no code')
      return code
    },

    async token(app: TestClient, fields: Words, headers: Words = {}, at = publicUrl) {
      const secret = app.secret === undefined ? {} : { client_secret: app.secret }
      const form = new URLSearchParams({ client_id: app.client.id, ...secret, ...fields })
      for (const [name, value] of [...form]) if (value === LEFT_OUT) form.delete(name)
      const proxied = at === publicUrl ? {} : { 'x-forwarded-host': new URL(publicUrl).host }
      const response = await fetch(`${at}/token`, { method: 'POST', body: form, headers: { ...proxied, ...headers } })
      return { status: response.status, headers: response.headers, body: (await response.json()) as TokenBody }
    },

    redeem: (app: TestClient, code: string, changes: Words = {}, headers: Words = {}) => {
      const fields = { code, redirect_uri: app.redirectUri, code_verifier: VERIFIER, ...changes }
      return rig.token(app, { grant_type: 'authorization_code', ...fields }, headers)
    },

    refresh: (app: TestClient, refreshToken: string, changes: Words = {}, at = publicUrl, headers: Words = {}) =>
      rig.token(app, { grant_type: 'refresh_token', refresh_token: refreshToken, ...changes }, headers, at),

    /** As a `PUT` of its registration does. */
    async rename(app: TestClient, name: string): Promise<void> {
      const metadata = JSON.stringify({ ...app.client.metadata, client_name: name })
      await rig.tables.updateTable('tinyoauth_client').set({ metadata }).where('id', '=', app.client.id).execute()
      await test.database.notify('trivet_tinyoauth_client', app.client.id)
      await new Promise((resolve) => setTimeout(resolve, 100))
    },

    /** From a signed-in browser to tokens. */
    async tokens(app: TestClient, changes: Words = {}) {
      const { browser, person } = await rig.person()
      const { status, body } = await rig.redeem(app, await rig.code(app, browser, changes))
      if (status !== 200) throw new Error(`no tokens: ${status} ${JSON.stringify(body)}`)
      return { ...body, browser, person }
    },

    async close() {
      for (const step of closing.splice(0)) await step()
      await outbound.close()
      await test.close()
    },
  }
  return rig
}

export type Rig = Awaited<ReturnType<typeof createRig>>
export type TokenBody = {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
  readonly expires_in: number
  readonly token_type: string
  readonly scope: string
  readonly error?: string
  readonly error_description?: string
}

/** In place of a value: the parameter is not sent at all. */
export const LEFT_OUT = '\u0001'
export const VERIFIER = randomToken()

export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

/** What a redirect to the client carries. */
export function responseOf({ status, location, body }: Answer): URLSearchParams {
  if (!/^(https?:\/\/(?!localhost:\d+\/(?:login|consent|register|authorize))|[a-z][\w.+-]*:)/.test(location)) {
    throw new Error(`no answer to the client: ${status} ${location} ${body}`)
  }
  return new URLSearchParams(location.slice(location.indexOf('?') + 1))
}

/** The claims of a JWT, unverified. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

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
