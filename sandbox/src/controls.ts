import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { BadFault, type Faults } from './faults/index.ts'
import type { Provider } from './provider.ts'
import type { createRecorder } from './requests/index.ts'
import { isLoopback } from './site.ts'

export type Controls = {
  faults: Faults
  recorder: ReturnType<typeof createRecorder>
  providers: readonly Provider[]
  reset(): Promise<void>
}

/** Only tools on this machine may steer the sandbox: not a web page that is open in its browser, not a proxy's guest. */
async function refuseStrangers(request: FastifyRequest, reply: FastifyReply) {
  const { host, origin } = request.headers
  if (!isLoopback(host)) return reply.code(421).send({ error: 'The controls answer on a loopback host only' })
  const originHost = origin === undefined ? undefined : URL.canParse(origin) ? new URL(origin).host : ''
  if ((originHost !== undefined && !isLoopback(originHost)) || request.headers['sec-fetch-site'] === 'cross-site') {
    return reply.code(403).send({ error: 'The controls are not for pages of other sites' })
  }
}

/** `/faults`, `/requests`, `/state`: how tests and demos steer and watch the sandbox. */
export function registerControls(app: FastifyInstance, { faults, recorder, providers, reset }: Controls) {
  app.addHook('onRequest', refuseStrangers)
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof BadFault) return reply.code(400).send({ error: error.message })
    throw error
  })

  app.post('/faults', async (request, reply) => reply.code(201).send(faults.add(request.body)))
  app.get('/faults', async () => faults.list())
  app.delete('/faults', async (_request, reply) => {
    faults.clear()
    return reply.code(204).send()
  })
  app.delete<{ Params: { id: string } }>('/faults/:id', async (request, reply) => {
    faults.clear(request.params.id)
    return reply.code(204).send()
  })
  for (const { id, events } of providers) {
    for (const [name, happen] of Object.entries(events ?? {})) {
      app.post(`/faults/${id}/${name}`, async (request) => happen(request.body))
    }
  }

  app.get<{ Querystring: { since?: string } }>('/requests', async (request, reply) => {
    const since = Number(request.query.since ?? 0)
    if (!Number.isInteger(since) || since < 0) return reply.code(400).send({ error: 'since must be a whole number' })
    return recorder.since(since)
  })
  app.delete('/requests', async (_request, reply) => {
    recorder.clear()
    return reply.code(204).send()
  })

  app.get('/state', async () =>
    Object.fromEntries(providers.flatMap(({ id, holdings }) => (holdings ? [[id, holdings()]] : []))),
  )
  app.delete('/state', async (_request, reply) => {
    await reset()
    return reply.code(204).send()
  })
}
