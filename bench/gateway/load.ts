import { Pool } from 'undici'
import type { Effort } from '../effort.ts'
import { cpuOfTree } from '../tree.ts'
import { BODY } from './upstream.ts'

/** Requests on their way at a time, each on a connection of its own that stays open. */
export const CONCURRENCY = 32

/** `cpuSeconds` are of all servers of a side but the upstream; `waits` how long each request took. */
export type Load = Effort & { readonly waits: readonly number[] }

/** One gateway and what it is asked. */
export type Target = {
  readonly url: string
  /** Every process that has a part in it. */
  readonly pids: readonly number[]
  readonly path: string
  /** Under this name, where it is not that of the address. */
  readonly host?: string
}

export type Caller = {
  /** Asks once with each of the tokens; without one where it is empty. @throws Error for any other answer than the upstream's */
  ask(tokens: readonly string[]): Promise<Load>
  close(): Promise<void>
}

/** undici's own dispatch, and no more: what the caller takes, the servers do not get. */
export function openCaller({ url, pids, path, host = new URL(url).host }: Target): Caller {
  const pool = new Pool(`http://127.0.0.1:${new URL(url).port}`, { connections: CONCURRENCY, pipelining: 1 })
  const cpu = () => pids.reduce((sum, pid) => sum + cpuOfTree(pid).all, 0)

  function once(token: string): Promise<void> {
    const headers = ['host', host, 'accept', 'application/json', 'user-agent', 'bench']
    if (token !== '') headers.push('authorization', `Bearer ${token}`)
    return new Promise((resolve, reject) => {
      let [status, bytes] = [0, 0]
      pool.dispatch(
        { path, method: 'GET', headers },
        {
          onRequestStart: () => undefined,
          onResponseStart(_controller, code) {
            status = code
          },
          onResponseData(_controller, chunk) {
            bytes += chunk.length
          },
          onResponseEnd: () =>
            status === 200 && bytes === BODY.length ? resolve() : reject(new Error(`${url}${path}: ${status}`)),
          onResponseError: (_controller, error) => reject(error),
        },
      )
    })
  }

  return {
    async ask(tokens) {
      const waits: number[] = []
      const before = cpu()
      const began = performance.now()
      let next = 0
      const worker = async () => {
        while (next < tokens.length) {
          const token = tokens[next++] ?? ''
          const asked = performance.now()
          await once(token)
          waits.push((performance.now() - asked) / 1000)
        }
      }
      await Promise.all(Array.from({ length: CONCURRENCY }, worker))
      const seconds = (performance.now() - began) / 1000
      return { pieces: tokens.length, seconds, cpuSeconds: cpu() - before, waits }
    },
    close: () => pool.close(),
  }
}
