import type { FastifyInstance } from 'fastify'
import { logoutPage } from '../pages/logout-page.tsx'
import type { EndpointDeps } from './deps.ts'

/** `GET /logout`: a button, since a link elsewhere must not sign anybody out. `POST /logout`: ends this session. */
export function logoutRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  server.get('/logout', async (request, reply) => {
    if (request.caller?.user === undefined) return reply.redirect('/login', 303)
    return deps.pages.send(reply, logoutPage(deps.pages.context(request, reply), request.caller.user.username))
  })

  server.post('/logout', async (request, reply) => {
    deps.csrf.require(request)
    await deps.accounts.signOut(request, reply)
    return reply.redirect('/login?notice=signed_out', 303)
  })
}
