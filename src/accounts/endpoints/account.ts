import type { FastifyInstance } from 'fastify'
import { formFields } from '#http'
import { accountPage } from '../pages/account-page.tsx'
import { listSessions } from '../store/browser-session.ts'
import { listLoginEvents } from '../store/login-event.ts'
import type { EndpointDeps } from './deps.ts'
import { ownPages } from './own-pages.ts'

const MOST_EVENTS = 20

const NOTICES = new Map([
  ['password_changed', 'Your password has been changed, and all other sessions have ended.'],
  ['session_ended', 'The session has ended.'],
  ['sessions_ended', 'All other sessions have ended.'],
])

/** `GET /account`: who one is here, where one is signed in, and what happened lately. */
export function accountRoute(server: FastifyInstance, deps: EndpointDeps): void {
  ownPages(server, deps, '/account').get(async (request, reply, { user, caller }) => {
    const [sessions, events] = await Promise.all([
      listSessions(deps.tables, user.id),
      listLoginEvents(deps.tables, user.id, MOST_EVENTS),
    ])
    const page = accountPage({
      ...{ page: deps.pages.context(request, reply), user, sessions, events },
      currentSession: caller.sessionId,
      links: deps.accountLinks,
      status: NOTICES.get(formFields(request.query)['notice'] ?? ''),
    })
    return deps.pages.send(reply, page)
  })
}
