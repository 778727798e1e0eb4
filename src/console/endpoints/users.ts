import { USER_STATES } from '#accounts'
import type { Actions } from '../actions/actions.ts'
import { pageOf } from '../contracts/paging.ts'
import type { ConsoleDeps } from '../deps.ts'
import type { ConsolePages } from '../gate/console-pages.ts'
import { resetLinkPage } from '../pages/reset-link-page.tsx'
import { userPage } from '../pages/user-page.tsx'
import { usersPage } from '../pages/users-page.tsx'
import { filled, oneOf } from './typed.ts'

const PER_PAGE = 50
const MOST_LOGINS = 20

const NOTICES = new Map([
  ['disabled', 'The account is disabled: sessions, login tokens and what apps held have ended.'],
  ['enabled', 'They may sign in again.'],
  ['signed_out', 'They are signed out everywhere.'],
  ['codes_removed', 'No codes are asked for any more.'],
  ['no_codes', 'Nothing was done: no codes were asked for.'],
  ['own_account', 'Nothing was done: your own account can only be disabled by another administrator.'],
])

/** `GET /console/users`, `GET /console/users/:id`, and what is done there. */
export function userRoutes(pages: ConsolePages, deps: ConsoleDeps, { users }: Actions): void {
  const { administration } = deps.accounts

  pages.get('/console/users', async ({ reply, page, query, confirm }) => {
    const search = filled(query['search'])
    const state = oneOf(USER_STATES, query['state'])
    const found = await administration.users({ search, state, after: filled(query['after']), most: PER_PAGE + 1 })
    const { shown, next } = pageOf(found, PER_PAGE, ({ username }) => username)
    const asked = { search: search ?? '', state: state ?? '' }
    return deps.pages.send(reply, usersPage({ page, confirm, users: shown, next, asked }))
  })

  pages.get('/console/users/:id', async ({ reply, page, params, query, confirm, administrator }) => {
    const user = await users.find(params['id'] ?? '')
    const [sessions, logins, clients] = await Promise.all([
      administration.sessions(user),
      administration.logins(user, MOST_LOGINS),
      deps.clients.listOf(user.ownerId),
    ])
    const isSelf = user.id === administrator.publicId
    const status = NOTICES.get(query['notice'] ?? '')
    return deps.pages.send(reply, userPage({ page, confirm, status, user, sessions, logins, clients, isSelf }))
  })

  const pageOfUser = (id = '') => `/console/users/${encodeURIComponent(id)}`
  const change = (
    path: string,
    work: (administrator: Parameters<typeof users.endSessions>[0], id: string) => Promise<string>,
  ) =>
    pages.post(
      `/console/users/:id/${path}`,
      ({ params }) => pageOfUser(params['id']),
      async ({ reply, params, administrator }) => {
        const id = params['id'] ?? ''
        return reply.redirect(`${pageOfUser(id)}?notice=${await work(administrator, id)}`, 303)
      },
    )

  change('disable', async (administrator, id) => {
    if (id === administrator.publicId) return 'own_account'
    await users.setDisabled(administrator, id, true)
    return 'disabled'
  })
  change('enable', async (administrator, id) => {
    await users.setDisabled(administrator, id, false)
    return 'enabled'
  })
  pages.post(
    '/console/users/:id/reset-link',
    ({ params }) => pageOfUser(params['id']),
    async ({ reply, page, params, confirm, administrator }) => {
      const user = await users.find(params['id'] ?? '')
      const link = await users.makeResetLink(administrator, user.id)
      return deps.pages.send(reply, resetLinkPage({ page, confirm, user, link }))
    },
  )
  change('remove-codes', async (administrator, id) =>
    (await users.removeCodes(administrator, id)) ? 'codes_removed' : 'no_codes',
  )
  change('sign-out', async (administrator, id) => {
    await users.endSessions(administrator, id)
    return 'signed_out'
  })
}
