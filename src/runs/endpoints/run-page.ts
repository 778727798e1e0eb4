import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isId } from '#base'
import { formFields } from '#http'
import { problem } from '../errors.ts'
import { parseBackReason } from '../pages/back-notice.tsx'
import { RunPage } from '../pages/run-page.tsx'
import { resultPath } from '../run-json.ts'
import { isOver, type Run } from '../run-view.ts'
import type { Runs } from '../runs.ts'
import { untilOver } from '../until-over.ts'
import type { EndpointDeps } from './deps.ts'

type Deps = Pick<EndpointDeps, 'runs' | 'csrf' | 'pages' | 'connections' | 'clock'>
type Params = { Params: { id: string } }

/** So that a fast run goes straight to its result: nobody minds so short a wait, and a page that flashes by is worse. */
const FIRST_VISIT_MS = 800

/** `GET /runs/:id`, `POST /runs/:id/cancel`, `POST /runs/:id/retry`. */
export function runPageRoutes(server: FastifyInstance, deps: Deps): void {
  server.get<Params>('/runs/:id', async (request, reply) => {
    const found = await requireOwnRun(deps.runs, request, request.params.id)
    const { resultPage } = deps.runs.mashup(found.mashup) ?? {}
    const query = formFields(request.query)
    const run =
      resultPage === undefined
        ? found
        : await untilOver(deps.runs, found, { now: deps.clock.now(), mostMs: FIRST_VISIT_MS })
    // Its steps stay where they are, for whoever wants to see how it came about.
    if (run.status === 'succeeded' && resultPage !== undefined && query.show !== 'steps')
      return reply.redirect(resultPath(run, resultPage), 303)
    const steps = await deps.runs.steps(run.id)
    const accounts = await deps.connections.list(run.ownerId)
    const back = parseBackReason(query.connect)
    const page = deps.pages.context(request, reply)
    const view = RunPage({
      page,
      run,
      steps,
      mashup: deps.runs.mashup(run.mashup),
      accounts,
      now: deps.clock.now(),
      back,
    })
    return deps.pages.send(reply, view, { leavesSite: true })
  })

  server.post<Params>('/runs/:id/cancel', async (request, reply) => {
    deps.csrf.require(request)
    const run = await requireOwnRun(deps.runs, request, request.params.id)
    if (!isOver(run.status)) await deps.runs.cancel(run.id, run.ownerId)
    return reply.redirect(`/runs/${run.id}`, 303)
  })

  server.post<Params>('/runs/:id/retry', async (request, reply) => {
    deps.csrf.require(request)
    const run = await requireOwnRun(deps.runs, request, request.params.id)
    await deps.runs.retry(run.id, run.ownerId)
    return reply.redirect(`/runs/${run.id}`, 303)
  })
}

/** The caller's own run; anybody else's does not exist for them (404, not 403). */
export async function requireOwnRun(runs: Pick<Runs, 'find'>, request: FastifyRequest, id: string): Promise<Run> {
  const run = request.caller && isId(id) ? await runs.find(id, request.caller.ownerId) : undefined
  if (!run) throw problem('run_not_found', 'Runs are visible to their owner only, in the browser that began them.')
  return run
}
