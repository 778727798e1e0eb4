import type { FastifyInstance } from 'fastify'
import type { Actions } from '../actions/actions.ts'
import { pageOf } from '../contracts/paging.ts'
import {
  changeUser,
  endUserSessions,
  listUsers,
  makeResetLink,
  readUser,
  removeUserCodes,
  userToWire,
} from '../contracts/users.ts'
import type { ConsoleDeps } from '../deps.ts'
import { adminEndpoint } from './admin-endpoint.ts'

const MOST_LOGINS = 20

/** `/api/admin/users…` */
export function userApi(server: FastifyInstance, deps: ConsoleDeps, { users }: Actions): void {
  const { administration } = deps.accounts

  adminEndpoint(server, deps, listUsers, async ({ query: { limit, ...asked } }) => {
    const found = await administration.users({ ...asked, most: limit + 1 })
    const { shown, next } = pageOf(found, limit, ({ username }) => username)
    return { users: shown.map(userToWire), next }
  })

  adminEndpoint(server, deps, readUser, async ({ params }) => {
    const user = await users.find(params.id)
    const [sessions, logins] = await Promise.all([
      administration.sessions(user),
      administration.logins(user, MOST_LOGINS),
    ])
    return {
      user: userToWire(user),
      sessions: sessions.map(({ startedAt, seenAt, address, userAgent }) => ({
        ...{ started_at: startedAt.toISOString(), seen_at: seenAt.toISOString() },
        ...{ address, user_agent: userAgent },
      })),
      logins: logins.map(({ at, outcome, method, address, userAgent }) => ({
        ...{ at: at.toISOString(), outcome, method },
        ...{ address, user_agent: userAgent },
      })),
    }
  })

  adminEndpoint(server, deps, changeUser, async ({ administrator, params, body }) =>
    userToWire(await users.setDisabled(administrator, params.id, body.is_disabled)),
  )

  adminEndpoint(server, deps, makeResetLink, async ({ administrator, params }) => ({
    url: await users.makeResetLink(administrator, params.id),
  }))

  adminEndpoint(server, deps, removeUserCodes, async ({ administrator, params }) => ({
    removed: await users.removeCodes(administrator, params.id),
  }))

  adminEndpoint(server, deps, endUserSessions, async ({ administrator, params }) => {
    await users.endSessions(administrator, params.id)
  })
}
