import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formFields, limited } from '#http'
import { authorize, authorizeByToken } from '../steps/authorize.ts'
import { factsOf } from '../steps/facts.ts'
import { isStepName } from '../steps/names.ts'
import { STEPS } from '../steps/registry.ts'
import type { Fields, StepContext } from '../steps/step.ts'
import { shownRequest } from '../wire/sender.ts'
import type { EndpointDeps } from './deps.ts'

/** `POST /playground/:step`: sends the request of a step and keeps what came back. 303 to the page. */
export function stepRoute(server: FastifyInstance, deps: EndpointDeps): void {
  const config = limited({ most: 60, seconds: 60 })
  server.post<{ Params: { step: string } }>('/playground/:step', { config }, async (request, reply) => {
    deps.csrf.require(request)
    const { step } = request.params
    if (!isStepName(step) || step === 'callback') return reply.callNotFound()
    const visit = await deps.visits.begin(request, reply)
    const fields = formFields(request.body)
    const context = await contextOf(deps, request, reply, visit)
    if (step === 'authorize') return ask(deps, request, reply, { visit, fields, context })
    const planned = STEPS[step](fields, context)
    if ('first' in planned) return reply.redirect(`/playground?notice=not_yet#step-${step}`, 303)
    await deps.visits.keep(visit, step, { exchange: await deps.send(planned, request) })
    return reply.redirect(`/playground?step=${step}#step-${step}`, 303)
  })
}

/** Sends the browser to `/authorize`; or, by the login token, asks there itself. */
async function ask(
  deps: EndpointDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: { readonly visit: string; readonly fields: Fields; readonly context: StepContext },
) {
  const { visit, fields, context } = asked
  const byToken = fields['by'] === 'token'
  const planned = byToken ? authorizeByToken(fields, context) : authorize(fields, context)
  if ('first' in planned) return reply.redirect('/playground?notice=not_yet#step-authorize', 303)
  const { own } = planned
  if (byToken) {
    await deps.visits.keep(visit, 'authorize', { exchange: await deps.send(planned, request), own })
    return reply.redirect('/playground?step=authorize#step-authorize', 303)
  }
  const exchange = { request: shownRequest(planned, new URL(deps.publicUrl + planned.path)) }
  await deps.visits.keep(visit, 'authorize', { exchange, own })
  return reply.redirect(planned.path, 303)
}

async function contextOf(
  deps: EndpointDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  visit: string,
): Promise<StepContext> {
  const { session } = deps.cookies
  const secret = request.caller?.kind === 'user' ? session.get(request) : undefined
  return {
    facts: factsOf(await deps.visits.steps(visit)),
    callback: deps.callback,
    session:
      secret === undefined ? undefined : { cookie: `${session.name}=${secret}`, csrf: deps.csrf.token(request, reply) },
  }
}
