import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { createCookies, createServer } from '#http'
import { type TestDatabase, testDatabase } from '#testing'
import { createVisitors, type Owned } from './index.ts'
import type { AccountTables } from './store/tables.ts'

const PUBLIC_URL = 'http://localhost:3000'
export const COOKIE = 'trivet-3000'

/** The room behind real HTTP: `GET /who` tells the caller, `POST /act` needs an owner. */
export async function createHouse(owned: readonly Owned[] = []) {
  const test: TestDatabase = await testDatabase()
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })

  async function serve() {
    const accounts = createVisitors({ database: test.database, cookies: createCookies(PUBLIC_URL), owned })
    const server = await createServer({
      config: { publicUrl: PUBLIC_URL, trustedProxies: [] },
      log,
      renderError: (_request, _reply, shown) => shown.code,
    })
    accounts.resolveCallers(server)
    server.get('/who', async ({ caller }) => ({ caller }))
    server.post('/act', async (incoming, reply) => {
      const first = await accounts.ensureOwner(incoming, reply)
      const second = await accounts.ensureOwner(incoming, reply)
      return { caller: first, same: first === second }
    })
    await server.listen({ port: 0, host: '127.0.0.1' })
    return { accounts, server, port: (server.server.address() as AddressInfo).port }
  }

  const { accounts, server, port } = await serve()
  const tables = test.database.tables<AccountTables>()

  function send(method: 'GET' | 'POST', path: string, cookie?: string, more: Readonly<Record<string, string>> = {}) {
    return new Promise<{ status: number; setCookie: string | undefined; caller: Caller | null; same?: boolean }>(
      (resolve, reject) => {
        const headers = { host: 'localhost:3000', ...(cookie === undefined ? {} : { cookie }), ...more }
        const sent = request({ host: '127.0.0.1', port, method, path, agent: false, headers })
        sent.on('error', reject)
        sent.on('response', async (answer) => {
          const body = JSON.parse((await answer.setEncoding('utf8').toArray()).join(''))
          resolve({ status: answer.statusCode ?? 0, setCookie: answer.headers['set-cookie']?.[0], ...body })
        })
        sent.end()
      },
    )
  }

  return {
    ...test,
    accounts,
    tables,
    send,
    logged: () => lines.join(''),
    count: async (table: keyof AccountTables) =>
      Number(
        (
          await tables
            .selectFrom(table)
            .select(({ fn }) => fn.countAll().as('n'))
            .executeTakeFirstOrThrow()
        ).n,
      ),
    who: async (cookie: string) => (await send('GET', '/who', cookie)).caller,
    /** A browser that has just become a guest. */
    async arrive() {
      const answer = await send('POST', '/act')
      const secret = /=([^;]*)/.exec(answer.setCookie ?? '')?.[1] ?? ''
      if (!answer.caller) throw new Error('no caller')
      return { ...answer, caller: answer.caller, secret, cookie: `${COOKIE}=${secret}` }
    },
    async close() {
      await server.close()
      await test.close()
    },
  }
}

type Caller = { ownerId: string; kind: string; sessionId: string }
export type House = Awaited<ReturnType<typeof createHouse>>
