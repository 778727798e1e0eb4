import type { FastifyInstance, FastifyRequest } from 'fastify'
import { operationOf } from '../provider.ts'

/** One request that reached a stand-in. Never bodies, queries or headers: those carry secrets. */
export type Recorded = {
  /** Order of arrival, from 1. */
  n: number
  /** RFC 3339. */
  time: string
  provider: string
  operation: string
  method: string
  path: string
  /** What was answered; 0 = the connection was dropped; null = not answered yet. */
  status: number | null
}

const KEPT = 10_000

export function createRecorder(now: () => number) {
  let recorded: Recorded[] = []
  let last = 0
  const open = new WeakMap<FastifyRequest, Recorded>()

  return {
    since: (n: number) => recorded.filter((entry) => entry.n > n),
    clear() {
      recorded = []
    },
    /**
     * Records all routes of the scope; call it after the faults' hooks, so that a connection they broke shows as 0.
     * The status is set before the answer leaves: whoever has the answer finds it here.
     */
    watch(app: FastifyInstance, provider: string) {
      app.addHook('preValidation', async (request, reply) => {
        last += 1
        const path = request.url.split('?', 1)[0] ?? ''
        const { method } = request
        const time = new Date(now()).toISOString()
        const entry: Recorded = { n: last, time, provider, operation: operationOf(request), method, path, status: null }
        open.set(request, entry)
        recorded.push(entry)
        if (recorded.length > KEPT) recorded.shift()
        reply.raw.once('close', () => {
          if (!reply.raw.writableFinished) entry.status = 0
        })
      })
      app.addHook('onSend', async (request, reply, payload) => {
        const entry = open.get(request)
        if (entry) entry.status = request.raw.socket.destroyed ? 0 : reply.statusCode
        return payload
      })
    },
  }
}
