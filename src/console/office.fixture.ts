import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createNetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { createAccounts, type User } from '#accounts'
import { createAuthorization } from '#authorization'
import { createEnvelope, createPasswords, createSigner, parseKeyring } from '#crypto'
import { createGateway } from '#gateway'
import { createCookies, createCsrf, createPeers, createServer } from '#http'
import { createMail } from '#mail'
import { createForwarder, createOutbound } from '#outbound'
import { cookieBrowser, testDatabase } from '#testing'
import { createPages } from '#ui'
import { type ConsoleDeps, consoleRoutes } from './index.ts'

export const PASSWORD = 'four words in a row'

/** The room on a server with what it talks to: people, clients, keys, HTTP and PostgreSQL, all real. */
export async function createOffice(changes: Partial<ConsoleDeps> = {}) {
  const [test, port] = [await testDatabase(), await freePort()]
  const { database } = test
  const publicUrl = `http://localhost:${port}`
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const envelope = createEnvelope(parseKeyring(`k1:${randomBytes(32).toString('base64url')}`))
  let ahead = 0
  const clock = { now: () => new Date(Date.now() + ahead * 1000) }
  const signer = createSigner({ database, envelope, clock, log })
  await signer.start()
  const cookies = createCookies(publicUrl)
  const csrf = createCsrf({ key: randomBytes(32), cookies, publicUrl })
  const pages = createPages({ asset: (name) => `/assets/${name}`, csrf: csrf.token, sandbox: false })
  const outbound = createOutbound({ allow: [], userAgent: 'trivet-test' })
  const ended: string[] = []
  const mail = createMail({ database, config: { server: undefined, toLog: false }, log })
  const accounts = createAccounts({
    ...{ database, cookies, csrf, pages, log, signer, publicUrl, clock, envelope, mail },
    passwords: createPasswords({ concurrency: 2 }),
    limitKey: randomBytes(32),
    challengeKey: randomBytes(32),
    passwordApi: true,
    owned: [],
    guestHasThings: async () => false,
    onCredentialsChanged: async (ownerId) => void ended.push(ownerId),
    signInProviders: () => [],
    accountLinks: [],
  })
  const authorization = createAuthorization({
    ...{ database, outbound, signer, accounts, csrf, pages, log, clock },
    settings: {
      publicUrl,
      defaultScopes: ['profile'],
      registration: 'open',
      reservedNames: ['Trivet'],
      clientDocuments: false,
      appSchemes: [],
      isKnownResource: () => false,
      hasMcpRoute: () => false,
    },
  })
  await authorization.start()
  const directory = await mkdtemp(join(tmpdir(), 'trivet-office-'))
  const gateway = createGateway({
    settings: { publicUrl, file: join(directory, 'trivet.yaml') },
    ...{ tokens: authorization.tokens, client: authorization.gatewayClient, accounts, log, clock },
    // No route here tells an upstream by a token who calls.
    ...{ identitySigner: signer, envelope, outbound },
    ...{ forwarder: createForwarder(), peers: createPeers(['loopback']), isOwnCookie: cookies.isOwn },
    ownSegments: () => new Set(['console']),
  })
  await gateway.start()
  const server = await createServer({
    config: { publicUrl, trustedProxies: ['loopback'] },
    log,
    renderError: (_request, _reply, shown) => `<h1>${shown.title}</h1><p>${shown.detail}</p>`,
  })
  accounts.resolveCallers(server)
  accounts.routes(server)
  authorization.routes(server)
  consoleRoutes(server, {
    ...{ accounts, mail, signer, csrf, pages, clock, publicUrl, gateway },
    clients: authorization.clients,
    takesRegistrationTokens: true,
    version: '1.2.3',
    sessionCookie: cookies.session.name,
    contracts: [],
    ...changes,
  })
  // A door for tests: signs in whoever it is told to, without the 20 ms of a password.
  server.post<{ Body: { id: string } }>('/test/sign-in', (request, reply) =>
    accounts.signIn(request, reply, request.body.id, { amr: ['pwd'] }),
  )
  await server.listen({ port, host: '127.0.0.1' })
  let names = 0

  async function user(username = `person${names++}`, isAdmin = false): Promise<User> {
    const made = await accounts.createUser({ username, password: PASSWORD, isAdmin })
    if ('errors' in made) throw new Error(made.errors[0]?.message)
    return made.user
  }

  async function browserOf(person: User): Promise<Browser> {
    const browser = createBrowser(publicUrl)
    const { status, body } = await browser.post('/test/sign-in', { id: person.id })
    if (status !== 200) throw new Error(`not signed in: ${status} ${body}`)
    return browser
  }

  const tokenOf = (person: User) => accounts.loginToken.issue(person, { amr: ['pwd'] })

  return {
    ...{ test, publicUrl, accounts, authorization, signer, csrf, cookies, ended, user, browserOf, tokenOf },
    clients: authorization.clients,
    /** Writes trivet.yaml. */
    writeRoutes: (text: string) => writeFile(join(directory, 'trivet.yaml'), text),
    logged: () => lines.join(''),
    visitor: () => createBrowser(publicUrl),
    /** An administrator, in a browser and with a login token, both of this moment. */
    async administrator(username?: string) {
      const person = await user(username, true)
      const [browser, token] = [await browserOf(person), await tokenOf(person)]
      return { person, browser, token, api: createCaller(publicUrl, { authorization: `Bearer ${token}` }) }
    },
    caller: (headers: Readonly<Record<string, string>> = {}) => createCaller(publicUrl, headers),
    events: async (target: string) => (await accounts.audit.list({ most: 50, target })).map(({ action }) => action),
    /** Moves the clocks of process and database on, by so many seconds in all. */
    async shift(seconds: number) {
      ahead = seconds
      await test.shift(seconds)
    },
    async close() {
      await server.close()
      await gateway.close()
      await authorization.close()
      signer.close()
      await outbound.close()
      await test.close()
      await rm(directory, { recursive: true })
    },
  }
}

export type Office = Awaited<ReturnType<typeof createOffice>>
type Browser = ReturnType<typeof createBrowser>

/** A browser that presses buttons: sends the form that a button stands in, as without JavaScript. */
function createBrowser(origin: string) {
  const { cookies, request } = cookieBrowser(origin)
  return {
    cookies,
    get: (path: string) => request(path),
    post: (path: string, fields: Readonly<Record<string, string>>) =>
      request(path, { method: 'POST', body: new URLSearchParams(fields) }),
    csrf: async (path: string) => /name="csrf" value="([^"]+)"/.exec((await request(path)).body)?.[1] ?? '',
    async press(path: string, button: string, typed: Readonly<Record<string, string>> = {}) {
      const { body } = await request(path)
      const forms = body.match(/<form\b[^>]*method="post".*?<\/form>/gs) ?? []
      const form = forms.find((one) => one.includes(`id="${button}"`))
      const action = /action="([^"]+)"/.exec(form ?? '')?.[1]
      if (form === undefined || action === undefined) throw new Error(`no button ${button} on ${path}`)
      const hidden = [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
      const fields = new URLSearchParams(hidden.map(([, name = '', value = '']) => [name, unescapeHtml(value)]))
      for (const [name, value] of Object.entries(typed)) fields.set(name, value)
      return request(unescapeHtml(action), { method: 'POST', body: fields })
    },
  }
}

/** A program: sends JSON, with these headers each time. */
function createCaller(origin: string, own: Readonly<Record<string, string>>) {
  return async (method: string, path: string, body?: unknown, more: Readonly<Record<string, string>> = {}) => {
    const content = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(new URL(path, origin), {
      method,
      headers: { accept: 'application/json', ...content, ...own, ...more },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const json: Record<string, unknown> = text.startsWith('{') ? JSON.parse(text) : {}
    return { status: response.status, headers: response.headers, text, json }
  }
}

function unescapeHtml(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

async function freePort(): Promise<number> {
  const server = createNetServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
