import type { FastifyInstance } from 'fastify'
import type { EndpointDeps } from './deps.ts'

/** `POST /playground/forget`: deletes all that is kept of this browser's playground. */
export function forgetRoute(server: FastifyInstance, deps: EndpointDeps): void {
  server.post('/playground/forget', async (request, reply) => {
    deps.csrf.require(request)
    await deps.visits.forget(request, reply)
    return reply.redirect('/playground?notice=forgotten', 303)
  })
}
