import type { FastifyInstance } from 'fastify'
import { RunsPage } from '../pages/runs-page.tsx'
import type { EndpointDeps } from './deps.ts'

const MOST = 100

/** `GET /runs`: mine, newest first. */
export function runsPageRoute(server: FastifyInstance, deps: Pick<EndpointDeps, 'runs' | 'pages' | 'mashups'>): void {
  server.get('/runs', async (request, reply) => {
    const runs = request.caller ? await deps.runs.list(request.caller.ownerId, MOST) : []
    const page = deps.pages.context(request, reply)
    return deps.pages.send(
      reply,
      RunsPage({ page, runs, mashup: deps.runs.mashup, start: deps.mashups[0]?.path ?? '/' }),
    )
  })
}
