import type { FastifyInstance } from 'fastify'
import { isId } from '#base'
import { problem } from '../errors.ts'
import { deleteSession, endOtherLogins } from '../store/browser-session.ts'
import type { EndpointDeps } from './deps.ts'
import { ownPages } from './own-pages.ts'

/** `POST /account/sessions/:id/end` and `POST /account/sessions/end-others`: sessions of one's own, in other browsers. */
export function sessionRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const pages = ownPages(server, deps, '/account')

  pages.post(async (request, reply, { caller, user }) => {
    const { id } = request.params as { id: string }
    if (id === caller.sessionId) {
      await deps.accounts.signOut(request, reply)
      return reply.redirect('/login?notice=signed_out', 303)
    }
    // Somebody else's, or none at all: the same answer.
    const ended = isId(id) && (await deleteSession(deps.tables, { id, ownerId: user.id }))
    if (!ended) throw problem('session_not_found', 'It may have ended already.')
    return reply.redirect('/account?notice=session_ended', 303)
  }, '/account/sessions/:id/end')

  pages.post(async (_request, reply, { caller, user }) => {
    const others = { ownerId: user.id, keptId: caller.sessionId }
    await deps.tables.transaction().execute((trx) => endOtherLogins(trx, others))
    return reply.redirect('/account?notice=sessions_ended', 303)
  }, '/account/sessions/end-others')
}
