import { randomBytes } from 'node:crypto'
import { createServer as createNetServer } from 'node:net'
import pino from 'pino'
import { createAccounts } from '#accounts'
import { createAuthorization } from '#authorization'
import { systemClock } from '#base'
import { createEnvelope, createPasswords, createSigner, parseKeyring } from '#crypto'
import { createCookies, createCsrf, createServer } from '#http'
import { createOutbound } from '#outbound'
import { cookieBrowser, testDatabase } from '#testing'
import { createPages } from '#ui'
import { createPlayground, PLAYGROUND_CALLBACK } from './index.ts'
import type { PlaygroundTables } from './store/tables.ts'

export const PASSWORD = 'four words in a row'

/** The room on a server with all that it talks to: people, clients, tokens, HTTP and PostgreSQL, all real. */
export async function createTown() {
  const [test, port] = [await testDatabase(), await freePort()]
  const { database } = test
  const publicUrl = `http://localhost:${port}`
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const envelope = createEnvelope(parseKeyring(`k1:${randomBytes(32).toString('base64url')}`))
  const signer = createSigner({ database, envelope, clock: systemClock, log })
  await signer.start()
  const cookies = createCookies(publicUrl)
  const csrf = createCsrf({ key: randomBytes(32), cookies, publicUrl })
  const pages = createPages({ asset: (name) => `/assets/${name}`, csrf: csrf.token, sandbox: false })
  const outbound = createOutbound({ allow: [], userAgent: 'trivet-test' })
  const clock = systemClock
  const accounts = createAccounts({
    ...{ database, cookies, csrf, pages, log, signer, publicUrl, clock },
    passwords: createPasswords({ concurrency: 2 }),
    limitKey: randomBytes(32),
    envelope,
    challengeKey: randomBytes(32),
    passwordApi: true,
    owned: [],
    guestHasThings: async () => false,
    onCredentialsChanged: async () => undefined,
    accountLinks: [],
    mail: { mode: 'off', order: async () => undefined },
    signInProviders: () => [],
  })
  const authorization = createAuthorization({
    ...{ database, outbound, signer, accounts, csrf, pages, log, clock },
    settings: {
      publicUrl,
      defaultScopes: ['profile'],
      registration: 'off',
      reservedNames: ['Trivet'],
      ownRedirectUris: [publicUrl + PLAYGROUND_CALLBACK],
      hasMcpRoute: () => false,
      clientDocuments: false,
      appSchemes: [],
      isKnownResource: () => false,
    },
  })
  await authorization.start()
  const playground = createPlayground({ database, envelope, cookies, csrf, pages, clock, publicUrl })
  const server = await createServer({
    config: { publicUrl, trustedProxies: ['loopback'] },
    log,
    renderError: (_request, _reply, shown) => `<h1>${shown.title}</h1><code>${shown.code}</code>`,
  })
  accounts.resolveCallers(server)
  accounts.routes(server)
  authorization.routes(server)
  playground.routes(server)
  await server.listen({ port, host: '127.0.0.1' })
  let visitors = 1

  return {
    ...test,
    ...{ accounts, playground, publicUrl, cookies },
    tables: database.tables<PlaygroundTables>(),
    logged: () => lines.join(''),
    /** Somebody new, from an address of their own: limits are by address. */
    visitor: () => createVisitor(publicUrl, `203.0.113.${visitors++}`),
    /** Somebody with a name, and the password that everybody has here. */
    async user(username: string) {
      const made = await accounts.createUser({ username, password: PASSWORD, isAdmin: false })
      if ('errors' in made) throw new Error(made.errors[0]?.message)
      return made.user
    },
    async close() {
      await server.close()
      await authorization.close()
      signer.close()
      await outbound.close()
      await test.close()
    },
  }
}

export type Town = Awaited<ReturnType<typeof createTown>>
export type Visitor = ReturnType<typeof createVisitor>

/** A browser on the playground. */
function createVisitor(origin: string, address: string) {
  const { cookies, request } = cookieBrowser(origin, { 'x-forwarded-for': address })
  const page = async (path = '/playground') => (await request(path)).body

  async function submit(path: string, fields: Readonly<Record<string, string>> = {}, from = '/playground') {
    const csrf = /name="csrf" value="([^"]+)"/.exec(await page(from))?.[1] ?? ''
    return request(path, { method: 'POST', body: new URLSearchParams({ csrf, ...fields }) })
  }

  return {
    cookies,
    request,
    submit,
    page,
    do: (step: string, fields: Readonly<Record<string, string>> = {}) => submit(`/playground/${step}`, fields),
    /** The text of an element of the page; undefined when it is not there. */
    async text(id: string): Promise<string | undefined> {
      const found = new RegExp(`<(\\w+)[^>]* id="${id}"[^>]*>(.*?)</\\1>`, 's').exec(await page())?.[2]
      return found === undefined ? undefined : unescapeHtml(found.replace(/<[^>]+>/g, ''))
    },
    async curl(step: string): Promise<string> {
      const [, after = ''] = (await page()).split(` id="step-${step}-curl"`)
      return unescapeHtml(/ value="([^"]*)"/.exec(after)?.[1] ?? '')
    },
  }
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

async function freePort(): Promise<number> {
  const server = createNetServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
