import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formFields } from '#http'
import { eraseUser } from '../erasure/erase-user.ts'
import { originOf } from '../login/origin.ts'
import { deletePage } from '../pages/delete-page.tsx'
import { isLastAdministrator } from '../store/administrators.ts'
import { findWaysToSignIn } from '../store/ways-to-sign-in.ts'
import type { User } from '../user.ts'
import type { EndpointDeps } from './deps.ts'
import { ownPages } from './own-pages.ts'
import { tooMany } from './too-many.ts'

const PATH = '/account/delete'

/**
 * `/account/delete`: the end of an account and of all that is its, for who knows its password. Who has none, or a second
 * factor besides, has just signed in: a password alone undoes nothing that two factors guard.
 */
export function deleteRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  async function erase(request: FastifyRequest, reply: FastifyReply, { id, username }: User) {
    if (!(await eraseUser(deps, id))) {
      const shown = {
        page: deps.pages.context(request, reply),
        username,
        hasPassword: false,
        isLastAdministrator: true,
      }
      return deps.pages.send(reply, deletePage({ ...shown, errors: [] }), { status: 409 })
    }
    deps.cookies.session.clear(reply)
    request.caller = null
    return reply.redirect('/login?notice=account_deleted', 303)
  }

  const pages = ownPages(server, deps, PATH)
  const isLast = ({ id }: User) => isLastAdministrator(deps.tables, id)

  async function confirmFirst(request: FastifyRequest, id: string, hasPassword: boolean) {
    const isPasswordEnough = hasPassword && (await deps.secondFactor.state(id)).state !== 'on'
    return isPasswordEnough ? undefined : deps.accounts.confirmFirst(request, PATH)
  }

  pages.get(async (request, reply, { user }) => {
    const { hasPassword } = await findWaysToSignIn(deps.tables, user.id)
    const first = await confirmFirst(request, user.id, hasPassword)
    if (first !== undefined) return reply.redirect(first, 303)
    const page = deps.pages.context(request, reply)
    const shown = { page, username: user.username, hasPassword, isLastAdministrator: await isLast(user) }
    return deps.pages.send(reply, deletePage({ ...shown, errors: [] }))
  })

  pages.post(async (request, reply, { user }) => {
    const { hasPassword } = await findWaysToSignIn(deps.tables, user.id)
    const first = await confirmFirst(request, user.id, hasPassword)
    if (first !== undefined) return reply.redirect(first, 303)
    if (!hasPassword) return erase(request, reply, user)
    const { password = '' } = formFields(request.body)
    const { username } = user
    const outcome = await deps.attempt({ username, password, method: 'confirmation', origin: originOf(request) })
    if (outcome.result === 'succeeded') return erase(request, reply, user)
    const isBlocked = outcome.result === 'blocked'
    if (isBlocked) reply.header('retry-after', outcome.retryAfter)
    const errors = isBlocked
      ? [{ message: tooMany(outcome.retryAfter) }]
      : [{ field: 'password', message: 'This is not your password. Nothing was deleted.' }]
    const shown = { page: deps.pages.context(request, reply), username, hasPassword, isLastAdministrator: false }
    return deps.pages.send(reply, deletePage({ ...shown, errors }), { status: isBlocked ? 429 : 422 })
  })
}
