import type { FastifyInstance } from 'fastify'
import { formFields } from '#http'
import { eraseUser } from '../erasure/erase-user.ts'
import { originOf } from '../login/origin.ts'
import { deletePage } from '../pages/delete-page.tsx'
import type { EndpointDeps } from './deps.ts'
import { ownPages } from './own-pages.ts'
import { tooMany } from './too-many.ts'

/** `/account/delete`: the end of an account and of all that is its, for who knows its password. */
export function deleteRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const pages = ownPages(server, deps, '/account/delete')

  pages.get(async (request, reply, { user }) => {
    const page = deps.pages.context(request, reply)
    return deps.pages.send(reply, deletePage({ page, username: user.username, errors: [] }))
  })

  pages.post(async (request, reply, { user }) => {
    const { password = '' } = formFields(request.body)
    const { username } = user
    const outcome = await deps.attempt({ username, password, method: 'confirmation', origin: originOf(request) })
    if (outcome.result === 'succeeded') {
      await eraseUser(deps, user.id)
      deps.cookies.session.clear(reply)
      request.caller = null
      return reply.redirect('/login?notice=account_deleted', 303)
    }
    const isBlocked = outcome.result === 'blocked'
    if (isBlocked) reply.header('retry-after', outcome.retryAfter)
    const errors = isBlocked
      ? [{ message: tooMany(outcome.retryAfter) }]
      : [{ field: 'password', message: 'This is not your password. Nothing was deleted.' }]
    const page = deletePage({ page: deps.pages.context(request, reply), username, errors })
    return deps.pages.send(reply, page, { status: isBlocked ? 429 : 422 })
  })
}
