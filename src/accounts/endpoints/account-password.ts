import type { FastifyInstance } from 'fastify'
import { formFields } from '#http'
import { originOf } from '../login/origin.ts'
import { passwordPage } from '../pages/password-page.tsx'
import { changeOwnPassword } from '../passwords/change.ts'
import type { EndpointDeps } from './deps.ts'
import { ownPages } from './own-pages.ts'
import { tooMany } from './too-many.ts'

/** `/account/password`: a new password for the old one. */
export function passwordRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const pages = ownPages(server, deps, '/account/password')

  pages.get(async (request, reply, { user }) => {
    const page = deps.pages.context(request, reply)
    return deps.pages.send(reply, passwordPage({ page, username: user.username, errors: [] }))
  })

  pages.post(async (request, reply, { user, caller }) => {
    const { current_password: current = '', new_password: next = '' } = formFields(request.body)
    const origin = originOf(request)
    const outcome = await changeOwnPassword(deps, { user, current, next, sessionId: caller.sessionId, origin })
    if (outcome.result === 'changed') {
      await deps.accounts.signIn(request, reply, user.id, { amr: ['pwd'] })
      return reply.redirect('/account?notice=password_changed', 303)
    }
    const page = deps.pages.context(request, reply)
    const { username } = user
    if (outcome.result === 'refused') {
      const errors = [{ field: `${outcome.field}-password`, message: outcome.message }]
      return deps.pages.send(reply, passwordPage({ page, username, errors }), { status: 422 })
    }
    reply.header('retry-after', outcome.retryAfter)
    const errors = [{ message: tooMany(outcome.retryAfter) }]
    return deps.pages.send(reply, passwordPage({ page, username, errors }), { status: 429 })
  })
}
