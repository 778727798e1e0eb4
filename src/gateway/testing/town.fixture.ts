import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { createServer as createNetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { createAccounts, type User } from '#accounts'
import { createAuthorization } from '#authorization'
import { createEnvelope, createPasswords, createSigner, parseKeyring } from '#crypto'
import type { Database } from '#database'
import { createCookies, createCsrf, createPeers, createServer, type Front } from '#http'
import { createMail } from '#mail'
import { createForwarder, createOutbound } from '#outbound'
import { testDatabase } from '#testing'
import { createPages } from '#ui'
import { createGateway, type Gateway, type GatewayDeps } from '../index.ts'
import { createUpstream } from './rig.fixture.ts'

export const PASSWORD = 'four words in a row'
export const CALLBACK = 'https://app.example/cb'

/** A client that somebody registered by a command, with its secret. */
export type App = { readonly id: string; readonly secret: string }

/**
 * The gateway before the authorization server that its tokens come from, as the product has it: people, clients, keys,
 * HTTP and PostgreSQL, all real. Behind it is a service that answers with the headers it got.
 */
export async function createTown(options: {
  /** trivet.yaml, given the address of the service, and that of Trivet. */
  readonly file: (origin: string, publicUrl: string) => string
  readonly deps?: Partial<GatewayDeps>
}) {
  const [test, directory, service] = await Promise.all([
    testDatabase(),
    mkdtemp(join(tmpdir(), 'trivet-town-')),
    createUpstream(({ url, headers, rawHeaders }, response) => {
      response.end(JSON.stringify({ url, headers, rawHeaders }))
    }),
  ])
  const port = await freePort()
  const publicUrl = `http://localhost:${port}`
  const file = join(directory, 'trivet.yaml')
  await writeFile(file, options.file(service.origin, publicUrl))
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  const envelope = createEnvelope(parseKeyring(`k1:${randomBytes(32).toString('base64url')}`))
  const [csrfKey, limitKey] = [randomBytes(32), randomBytes(32)]
  let ahead = 0
  const clock = { now: () => new Date(Date.now() + ahead * 1000) }
  const closing: (() => unknown)[] = []

  /** One process of the product. */
  async function start(database: Database, listenPort: number) {
    const signer = createSigner({ database, envelope, clock, log })
    await signer.start()
    const use = { purpose: 'identity', algs: ['ES256'] } as const
    const identitySigner = createSigner({ database, envelope, clock, log, use })
    await identitySigner.start()
    const cookies = createCookies(publicUrl)
    const csrf = createCsrf({ key: csrfKey, cookies, publicUrl })
    const pages = createPages({ asset: (name) => `/assets/${name}`, csrf: csrf.token, sandbox: false })
    const outbound = createOutbound({ allow: [], userAgent: 'trivet-test' })
    const accounts = createAccounts({
      ...{ database, cookies, csrf, pages, log, signer, publicUrl, clock, envelope, limitKey },
      mail: createMail({ database, config: { server: undefined, toLog: false }, log }),
      passwords: createPasswords({ concurrency: 2 }),
      challengeKey: limitKey,
      passwordApi: true,
      owned: [],
      guestHasThings: async () => false,
      onCredentialsChanged: (ownerId) => authorization.tokens.revokeGrantsOf({ ownerId }),
      signInProviders: () => [],
      accountLinks: [],
    })
    const routes = () => holder.gateway?.routesNow() ?? []
    const authorization = createAuthorization({
      ...{ database, outbound, signer, accounts, csrf, pages, log, clock },
      settings: {
        publicUrl,
        defaultScopes: ['profile'],
        registration: 'open',
        reservedNames: ['Trivet'],
        clientDocuments: false,
        appSchemes: [],
        isKnownResource: (uri) => routes().some(({ audience }) => audience === uri),
        gatewayCallbacks: () => holder.gateway?.callbacks() ?? [],
        apis: {
          list: () => holder.gateway?.apis.list() ?? [],
          describe: (scope) => holder.gateway?.apis.describe(scope),
        },
        hasMcpRoute: () => routes().some(({ mcp }) => mcp),
      },
    })
    await authorization.start()
    const gateway = createGateway({
      settings: { publicUrl, file },
      ...{ tokens: authorization.tokens, client: authorization.gatewayClient, accounts, log, clock },
      ...{ identitySigner, envelope, outbound },
      ...{ forwarder: createForwarder(), peers: createPeers(['loopback']) },
      isOwnCookie: cookies.isOwn,
      ownSegments: () => new Set(['login', 'token']),
      ...options.deps,
    })
    const holder: { gateway?: Gateway } = { gateway }
    const front: Front = gateway
    const server = await createServer({
      config: { publicUrl, trustedProxies: ['loopback'] },
      ...{ log, front },
      renderError: (_request, _reply, shown) => `<h1>${shown.title}</h1><p>${shown.detail}</p>`,
    })
    accounts.resolveCallers(server)
    accounts.routes(server)
    authorization.routes(server)
    gateway.endpoints(server)
    await gateway.start()
    await server.listen({ port: listenPort, host: '127.0.0.1' })
    closing.push(
      () => server.close(),
      () => gateway.close(),
      () => authorization.close(),
      () => signer.close(),
      () => identitySigner.close(),
      () => outbound.close(),
    )
    return { accounts, authorization, signer, gateway, port: listenPort }
  }

  const first = await start(test.database, port)
  const { accounts, authorization, signer, gateway } = first
  const second = await start(await test.open(), await freePort())

  /** By node's own client, which leaves headers as they are; at the process that listens there. */
  async function ask(
    path: string,
    asked: { method?: string; headers?: OutgoingHttpHeaders; token?: string; at?: number; body?: string } = {},
  ) {
    const { method = 'GET', headers = {}, token, at = port, body } = asked
    const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const all = { host: `localhost:${port}`, ...bearer, ...headers }
    const request = httpRequest({ host: '127.0.0.1', port: at, path, method, headers: all, agent: false })
    const [response] = (await once(request.end(body), 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    const json: Record<string, unknown> = text.startsWith('{') ? JSON.parse(text) : {}
    return { status: response.statusCode, headers: response.headers, text, json }
  }

  const form = (path: string, fields: Readonly<Record<string, string>>, token?: string) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = `${new URLSearchParams(fields)}`
    return ask(path, { method: 'POST', headers, body, ...(token === undefined ? {} : { token }) })
  }

  async function user(username = `person-${randomBytes(4).toString('hex')}`): Promise<User> {
    const made = await accounts.createUser({ username, password: PASSWORD, isAdmin: false })
    if ('errors' in made) throw new Error(made.errors[0]?.message)
    return made.user
  }

  async function app(metadata: Readonly<Record<string, unknown>> = {}): Promise<App> {
    const { client, secret } = await authorization.clients.register(
      { kind: 'admin', ownerId: null },
      {
        client_name: 'Test app',
        redirect_uris: [CALLBACK],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        token_endpoint_auth_method: 'client_secret_post',
        scope: 'openid profile offline_access notes:read notes:write',
        require_pkce: false,
        ...metadata,
      },
    )
    return { id: client.id, secret: secret ?? '' }
  }

  const loginToken = (person: User) => accounts.loginToken.issue(person, { amr: ['pwd'] })

  async function code(person: User, of: App, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const query = { response_type: 'code', client_id: of.id, redirect_uri: CALLBACK, scope: 'notes:read', ...more }
    const answer = await form('/authorize', { ...query, decision: 'allow' }, await loginToken(person))
    const found = new URL(answer.headers.location ?? 'about:blank').searchParams.get('code')
    if (found === null) throw new Error(`no code: ${answer.status} ${answer.headers.location} ${answer.text}`)
    return found
  }

  /** What a client gets for somebody, through a code. */
  async function tokens(person: User, of: App, more: Readonly<Record<string, string>> = {}) {
    const fields = { grant_type: 'authorization_code', code: await code(person, of, more), redirect_uri: CALLBACK }
    const { status, text } = await form('/token', { ...fields, client_id: of.id, client_secret: of.secret })
    if (status !== 200) throw new Error(`no tokens: ${status} ${text}`)
    return JSON.parse(text) as { access_token: string; refresh_token: string; id_token: string; scope: string }
  }

  /** What a client gets for itself. */
  async function ownToken(of: App, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const fields = { grant_type: 'client_credentials', client_id: of.id, client_secret: of.secret, ...more }
    const { status, text } = await form('/token', fields)
    if (status !== 200) throw new Error(`no token: ${status} ${text}`)
    return JSON.parse(text).access_token
  }

  return {
    ...{ publicUrl, port, accounts, authorization, signer, gateway, second },
    ...{ ask, form, user, app, loginToken, code, tokens, ownToken },
    logged: () => lines.join(''),
    lines: () => lines.map((line): Record<string, unknown> => JSON.parse(line)),
    /** Moves the clocks of the processes and of the database on, by so many seconds in all. */
    async shift(seconds: number) {
      ahead = seconds
      await test.shift(seconds)
    },
    async close() {
      for (const step of closing.splice(0)) await step()
      await service.close()
      await test.close()
      await rm(directory, { recursive: true })
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
