import type { FastifyInstance } from 'fastify'
import { formFields } from '#http'
import { accountPage } from '../pages/account-page.tsx'
import { listSessions } from '../store/browser-session.ts'
import { listLoginEvents } from '../store/login-event.ts'
import { findWaysToSignIn } from '../store/ways-to-sign-in.ts'
import type { EndpointDeps } from './deps.ts'
import { ownPages } from './own-pages.ts'

const MOST_EVENTS = 20

const NOTICES = new Map([
  ['password_changed', 'Your password has been changed, and all other sessions have ended.'],
  ['email_verified', 'Your e-mail address is confirmed.'],
  ['verification_sent', 'A letter with a link is on its way to your e-mail address.'],
  ['session_ended', 'The session has ended.'],
  ['taken_along', 'What you took along is in your account now.'],
  ['sessions_ended', 'All other sessions have ended.'],
])

/** `GET /account`: who one is here, where one is signed in, and what happened lately. */
export function accountRoute(server: FastifyInstance, deps: EndpointDeps): void {
  ownPages(server, deps, '/account').get(async (request, reply, { user, caller }) => {
    const session = { id: caller.sessionId, ownerId: user.id }
    const [sessions, events, { hasPassword }, offered] = await Promise.all([
      listSessions(deps.tables, user.id),
      listLoginEvents(deps.tables, user.id, MOST_EVENTS),
      findWaysToSignIn(deps.tables, user.id),
      deps.guestMerge.offered(session),
    ])
    const page = accountPage({
      ...{ page: deps.pages.context(request, reply), user, sessions, events },
      currentSession: caller.sessionId,
      ...{ hasPassword, links: deps.accountLinks, providers: deps.signInProviders() },
      sendsMail: deps.mail.mode !== 'off',
      hasGuestThings: offered.length > 0,
      status: NOTICES.get(formFields(request.query)['notice'] ?? ''),
    })
    return deps.pages.send(reply, page)
  })
}
