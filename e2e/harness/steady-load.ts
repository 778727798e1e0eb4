import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** What is asked for, over and over. */
export type Asked = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export type LoadResult = {
  readonly answers: number
  /** Of a GET on a connection that the server had closed meanwhile: RFC 9112 §9.3.1 lets a client send it again. */
  readonly repeated: number
  /** What was wrong with each of the others. */
  readonly failures: readonly string[]
}

/**
 * Some callers who ask without a pause, each on a connection that is kept as long as the server keeps it, and who read
 * each answer to its end.
 *
 * @returns what ends it
 */
export function startLoad(url: string, asked: readonly Asked[], callers: number): () => Promise<LoadResult> {
  let going = true
  let [answers, repeated] = [0, 0]
  const failures: string[] = []
  const { hostname, port, host } = new URL(url)

  async function ask({ method, path, headers, body }: Asked, agent: Agent, again: boolean): Promise<void> {
    const request = httpRequest({ hostname, port, path, method, agent, headers: { host, ...headers } })
    try {
      const [response] = (await once(request.end(body), 'response')) as [IncomingMessage]
      for await (const _chunk of response);
      if (response.statusCode === 200) answers += 1
      else failures.push(`${method} ${path}: ${response.statusCode}`)
    } catch (error) {
      if (!again && method === 'GET' && request.reusedSocket) {
        repeated += 1
        return ask({ method, path, ...(headers ? { headers } : {}) }, agent, true)
      }
      failures.push(`${method} ${path}: ${error instanceof Error ? error.message : error}`)
    }
  }

  async function caller(first: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let turn = first; going; turn += 1) {
      const next = asked[turn % asked.length]
      if (next) await ask(next, agent, false)
      // Some connections are idle for a moment, when they may be closed.
      await sleep(Math.random() * 20)
    }
    agent.destroy()
  }

  const all = Array.from({ length: callers }, (_, index) => caller(index))
  return async () => {
    going = false
    await Promise.all(all)
    return { answers, repeated, failures }
  }
}
