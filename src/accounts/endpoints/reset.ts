import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hashSecret, randomToken } from '#crypto'
import { formFields } from '#http'
import { orderNotice } from '../email/notices.ts'
import { problem } from '../errors.ts'
import { originOf } from '../login/origin.ts'
import { resetPage } from '../pages/reset-page.tsx'
import { RESET_SECONDS } from '../reset/reset-link.ts'
import { resetPassword } from '../reset/reset-password.ts'
import { findReset, openReset } from '../store/password-reset.ts'
import { findWaysAfterReset } from '../store/unproved-ways.ts'
import type { EndpointDeps } from './deps.ts'

const EXPIRED = 'This page was not sent from here. Enter the new password once more.'

/**
 * `GET /reset?token=…`: the link of a letter or a command. The first visit exchanges it for a cookie of this browser,
 * so that the token stays in no address bar, history or Referer. `GET` and `POST /reset`: the new password.
 */
export function resetRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const { reset: cookie } = deps.cookies
  type Wrong = { readonly field?: string; readonly message: string }
  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    username: string,
    status = 200,
    errors: Wrong[] = [],
  ) {
    const secret = cookie.get(request)
    const ways = secret === undefined ? undefined : await findWaysAfterReset(deps.tables, hashSecret(secret))
    const page = resetPage({ page: deps.pages.context(request, reply), username, ways, errors })
    return deps.pages.send(reply, page, { status })
  }

  async function current(request: FastifyRequest) {
    const secret = cookie.get(request)
    return secret === undefined ? undefined : findReset(deps.tables, hashSecret(secret))
  }

  server.get('/reset', async (request, reply) => {
    const { token } = formFields(request.query)
    if (token === undefined) {
      const reset = await current(request)
      return reset ? show(request, reply, reset.username) : over(reply, deps)
    }
    // Nobody looks at what a browser or a mail filter fetches in advance: that must not use the link up.
    if (request.method === 'HEAD' || /\bprefetch\b/.test(String(request.headers['sec-purpose']))) {
      return reply.code(204).send()
    }
    const secret = randomToken()
    const isOpen = await openReset(deps.tables, { linkHash: hashSecret(token), cookieHash: hashSecret(secret) })
    if (isOpen) cookie.set(reply, secret, RESET_SECONDS)
    // A second click in the same browser goes on with the first one's cookie.
    return isOpen || (await current(request)) ? reply.redirect('/reset', 303) : over(reply, deps)
  })

  server.post('/reset', async (request, reply) => {
    const { csrf, new_password: next = '' } = formFields(request.body)
    const secret = cookie.get(request)
    const reset = await current(request)
    if (!reset || secret === undefined) return over(reply, deps)
    if (!deps.csrf.isGenuine(request, csrf)) return show(request, reply, reset.username, 403, [{ message: EXPIRED }])
    const outcome = await resetPassword(deps, { secret, next, origin: originOf(request) })
    if (outcome.result === 'over') return over(reply, deps)
    if (outcome.result === 'refused') {
      return show(request, reply, outcome.username, 422, [{ field: 'next-password', message: outcome.message }])
    }
    cookie.clear(reply)
    if (outcome.user) await orderNotice(deps.mail, 'password_changed', outcome.user)
    // To the sign-in, which asks for a second factor as ever: the link proves a mailbox, not a person.
    return reply.redirect(`/login?notice=${outcome.waysRemoved > 0 ? 'ways_reset' : 'password_reset'}`, 303)
  })
}

function over(reply: FastifyReply, deps: EndpointDeps): never {
  deps.cookies.reset.clear(reply)
  throw problem(
    'link_over',
    'A link for a new password works once and for 15 minutes. Ask for a new one by "Forgot your password?" at the sign-in, or ask whoever made it for you.',
  )
}
