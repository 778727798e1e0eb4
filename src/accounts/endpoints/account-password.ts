import type { FastifyInstance, FastifyRequest } from 'fastify'
import { formFields } from '#http'
import { orderNotice } from '../email/notices.ts'
import { originOf } from '../login/origin.ts'
import { passwordPage } from '../pages/password-page.tsx'
import { changeOwnPassword } from '../passwords/change.ts'
import { findWaysToSignIn } from '../store/ways-to-sign-in.ts'
import type { EndpointDeps } from './deps.ts'
import { ownPages } from './own-pages.ts'
import { tooMany } from './too-many.ts'

const PATH = '/account/password'

/**
 * `/account/password`: a new password for the old one. Who has none, because an account elsewhere signs them in, or a
 * second factor besides, has just signed in: a password alone undoes nothing that two factors guard.
 */
export function passwordRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const pages = ownPages(server, deps, PATH)

  async function confirmFirst(request: FastifyRequest, id: string, hasPassword: boolean) {
    const isPasswordEnough = hasPassword && (await deps.secondFactor.state(id)).state !== 'on'
    return isPasswordEnough ? undefined : deps.accounts.confirmFirst(request, PATH)
  }

  pages.get(async (request, reply, { user }) => {
    const { hasPassword } = await findWaysToSignIn(deps.tables, user.id)
    const first = await confirmFirst(request, user.id, hasPassword)
    if (first !== undefined) return reply.redirect(first, 303)
    const page = deps.pages.context(request, reply)
    return deps.pages.send(reply, passwordPage({ page, username: user.username, hasPassword, errors: [] }))
  })

  pages.post(async (request, reply, { user, caller }) => {
    const { hasPassword } = await findWaysToSignIn(deps.tables, user.id)
    const first = await confirmFirst(request, user.id, hasPassword)
    if (first !== undefined) return reply.redirect(first, 303)
    const { current_password: typed = '', new_password: next = '' } = formFields(request.body)
    const current = hasPassword ? typed : null
    const origin = originOf(request)
    const outcome = await changeOwnPassword(deps, { user, current, next, sessionId: caller.sessionId, origin })
    if (outcome.result === 'changed') {
      // Who proved the old password is as good as signed in anew, unless a code is asked for besides; a first one proves
      // nothing about who set it.
      const isWhole = hasPassword && (await deps.secondFactor.state(user.id)).state !== 'on'
      if (isWhole) await deps.accounts.signIn(request, reply, user.id, { amr: ['pwd'] })
      else await deps.accounts.changeSecret(request, reply)
      await orderNotice(deps.mail, 'password_changed', user)
      return reply.redirect('/account?notice=password_changed', 303)
    }
    const page = deps.pages.context(request, reply)
    const { username } = user
    if (outcome.result === 'refused') {
      const errors = [{ field: `${outcome.field}-password`, message: outcome.message }]
      return deps.pages.send(reply, passwordPage({ page, username, hasPassword, errors }), { status: 422 })
    }
    reply.header('retry-after', outcome.retryAfter)
    const errors = [{ message: tooMany(outcome.retryAfter) }]
    return deps.pages.send(reply, passwordPage({ page, username, hasPassword, errors }), { status: 429 })
  })
}
