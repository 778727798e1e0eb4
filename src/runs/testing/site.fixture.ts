import { randomBytes } from 'node:crypto'
import { createServer as createNetServer } from 'node:net'
import pino from 'pino'
import { createVisitors } from '#accounts'
import { systemClock } from '#base'
import { createCookies, createCsrf, createServer } from '#http'
import { createPages } from '#ui'
import type { Mashup } from '../definition/mashup.ts'
import { runRoutes } from '../server.ts'
import { createBrowser } from './browser.fixture.ts'
import { createRig } from './rig.fixture.ts'

/** The rig behind a real HTTP server, with everything this room serves. */
export async function createSite(options: { mashups: readonly Mashup[]; services?: (name: string) => unknown }) {
  const rig = await createRig(options)
  const port = await freePort()
  const publicUrl = `http://localhost:${port}`
  const cookies = createCookies(publicUrl)
  const csrf = createCsrf({ key: randomBytes(32), cookies, publicUrl })
  const pages = createPages({ asset: (name) => `/assets/${name}`, csrf: csrf.token, sandbox: false })
  const accounts = createVisitors({ database: rig.test.database, cookies, owned: [] })
  const server = await createServer({
    config: { publicUrl, trustedProxies: ['loopback'] },
    log: pino({ level: 'silent' }),
    renderError: (_request, _reply, shown) => `<h1>${shown.title}</h1><code>${shown.code}</code>`,
  })
  accounts.resolveCallers(server)
  runRoutes(server, {
    runs: rig.runs,
    mashups: options.mashups,
    services: options.services ?? (() => undefined),
    serviceSource: () => undefined,
    accounts,
    connections: rig.accounts.connections,
    storage: rig.storage,
    csrf,
    pages,
    clock: systemClock,
    publicUrl,
  })
  await server.listen({ port, host: '127.0.0.1' })

  return {
    rig,
    publicUrl,
    /** Somebody without a session. */
    visitor: () => createBrowser(publicUrl),
    /** Somebody with a session, and whose it is. */
    async person() {
      const browser = createBrowser(publicUrl)
      const { ownerId, sessionId } = await rig.test.guest()
      const secret = randomBytes(32).toString('base64url')
      await rig.execute(`update trivet.browser_session set secret_hash = sha256('${secret}') where id = '${sessionId}'`)
      browser.cookies.set(cookies.session.name, secret)
      return { browser, ownerId }
    },
    async close() {
      await server.close()
      await rig.close()
    },
  }
}

export type Site = Awaited<ReturnType<typeof createSite>>

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
