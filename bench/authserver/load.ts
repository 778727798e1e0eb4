import { Pool } from 'undici'
import type { Effort } from '../effort.ts'
import type { Started } from '../product.ts'
import { cpuOfTree } from '../tree.ts'

export const CONCURRENCY = 8

/** `cpuSeconds` are the server's with PostgreSQL's, `postgresSeconds` the latter alone; `waits` how long each took. */
export type Load = Effort & { readonly waits: readonly number[]; readonly postgresSeconds: number }

export type Caller = {
  /** @returns the body and where it sends one to. @throws Error for any status but those expected */
  post(path: string, form: Readonly<Record<string, string>> | object, how?: How): Promise<Answered>
  get(path: string, how?: How): Promise<Answered>
  close(): Promise<void>
}

type How = {
  readonly status?: readonly number[]
  readonly json?: boolean
  readonly headers?: Readonly<Record<string, string>>
}
type Answered = { readonly body: Readonly<Record<string, unknown>>; readonly location: string }

const FORM = 'application/x-www-form-urlencoded'

/** Asks one server over connections that stay open, as many as there are questions at a time. */
export function openCaller({ url }: Started): Caller {
  const { host, port } = new URL(url)
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: CONCURRENCY, pipelining: 1 })

  async function ask(method: 'GET' | 'POST', path: string, body: string | null, type: string, how: How) {
    const headers = { host, ...(body === null ? {} : { 'content-type': type }), ...how.headers }
    const answer = await pool.request({ method, path, body, headers })
    const text = await answer.body.text()
    const { status = [200] } = how
    if (!status.includes(answer.statusCode)) throw new Error(`${path}: ${answer.statusCode} ${text}`)
    const isJson = String(answer.headers['content-type']).startsWith('application/json')
    return { body: isJson ? JSON.parse(text) : {}, location: String(answer.headers['location'] ?? '') }
  }

  return {
    post: (path, fields, how = {}) =>
      how.json
        ? ask('POST', path, JSON.stringify(fields), 'application/json', how)
        : ask('POST', path, new URLSearchParams({ ...fields }).toString(), FORM, how),
    get: (path, how = {}) => ask('GET', path, null, '', how),
    close: () => pool.close(),
  }
}

/** Does the work so many times; each of the workers, numbered from 0, does one piece after the other. */
export async function load(
  { pid }: Pick<Started, 'pid'>,
  pieces: number,
  work: (worker: number) => Promise<unknown>,
): Promise<Load> {
  const waits: number[] = []
  const cpu = cpuOfTree(pid)
  const began = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async (_, worker) => {
      while (next < pieces) {
        next += 1
        const asked = performance.now()
        await work(worker)
        waits.push((performance.now() - asked) / 1000)
      }
    }),
  )
  const seconds = (performance.now() - began) / 1000
  const { all, postgres } = cpuOfTree(pid)
  return { pieces, seconds, cpuSeconds: all - cpu.all, postgresSeconds: postgres - cpu.postgres, waits }
}
