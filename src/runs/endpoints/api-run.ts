import type { FastifyInstance } from 'fastify'
import { runJson } from '../run-json.ts'
import { isOver } from '../run-view.ts'
import type { EndpointDeps } from './deps.ts'
import { requireOwnRun } from './run-page.ts'

const MOST = 100

/** `GET /api/runs`, `GET /api/runs/:id`, `POST /api/runs/:id/cancel`, `POST /api/runs/:id/retry`. */
export function apiRunRoutes(server: FastifyInstance, deps: Pick<EndpointDeps, 'runs' | 'csrf' | 'publicUrl'>): void {
  type Params = { Params: { id: string } }
  const { runs, csrf, publicUrl } = deps

  server.get('/api/runs', async (request) => {
    const mine = request.caller ? await runs.list(request.caller.ownerId, MOST) : []
    return {
      runs: mine.map((run) => ({
        id: run.id,
        mashup: run.mashup,
        status: run.status,
        progress: run.progress,
        created_at: run.createdAt.toISOString(),
      })),
    }
  })

  server.get<Params>('/api/runs/:id', async (request) => {
    const run = await requireOwnRun(runs, request, request.params.id)
    return runJson(run, await runs.steps(run.id), runs.mashup(run.mashup), publicUrl)
  })

  server.post<Params>('/api/runs/:id/cancel', async (request, reply) => {
    csrf.requireSameOrigin(request)
    const run = await requireOwnRun(runs, request, request.params.id)
    if (!isOver(run.status)) await runs.cancel(run.id, run.ownerId)
    return reply.code(204).send()
  })

  server.post<Params>('/api/runs/:id/retry', async (request, reply) => {
    csrf.requireSameOrigin(request)
    const run = await requireOwnRun(runs, request, request.params.id)
    await runs.retry(run.id, run.ownerId)
    return reply.code(202).header('location', `${publicUrl}/api/runs/${run.id}`).send()
  })
}
