import { z } from 'zod'
import { USER_STATES, type UserRecord } from '#accounts'
import type { Contract } from '#http'
import { limit, next, text, time } from './paging.ts'

export const userId = z.string().regex(/^u_[\w-]{1,64}$/)

const user = z
  .strictObject({
    id: userId.meta({ description: '`sub` of tokens.' }),
    username: z.string(),
    email: z.string().nullable(),
    email_verified: z.boolean(),
    is_admin: z.boolean(),
    is_disabled: z.boolean(),
    is_online: z.boolean().meta({ description: 'A request within five minutes, and not signed out since.' }),
    created_at: time,
    operated_at: time.meta({ description: 'When they last used the server.' }),
  })
  .meta({ id: 'User' })

const session = z
  .strictObject({ started_at: time, seen_at: time, address: z.string(), user_agent: z.string() })
  .meta({ id: 'Session' })

const loginEvent = z
  .strictObject({
    at: time,
    outcome: z.string(),
    method: z.string(),
    address: z.string(),
    user_agent: z.string(),
  })
  .meta({ id: 'LoginEvent' })

const params = z.strictObject({ id: userId })
const group = 'Administration: users'
const callers = 'administrator'

export const listUsers = {
  ...{ id: 'listUsers', method: 'GET', path: '/api/admin/users', group, callers },
  says: 'Users by name.',
  query: z.strictObject({
    search: text.optional().meta({ description: 'Part of a name or an e-mail address, or a whole id.' }),
    state: z.enum(USER_STATES).optional(),
    after: text.optional().meta({ description: '`next` of the page before.' }),
    limit,
  }),
  answer: { status: 200, says: 'A page of users.', schema: z.strictObject({ users: z.array(user), next }) },
} satisfies Contract

export const readUser = {
  ...{ id: 'readUser', method: 'GET', path: '/api/admin/users/:id', group, callers, params },
  says: 'One user, where they are signed in, and what happened lately.',
  answer: {
    status: 200,
    says: 'The user.',
    schema: z.strictObject({ user, sessions: z.array(session), logins: z.array(loginEvent) }),
  },
  problems: { 404: ['user_not_found'] },
} satisfies Contract

export const changeUser = {
  ...{ id: 'changeUser', method: 'PATCH', path: '/api/admin/users/:id', group, callers, params },
  says: 'Disables a user, which ends sessions, login tokens and what apps hold; or lets them sign in again.',
  body: z.strictObject({ is_disabled: z.boolean() }),
  answer: { status: 200, says: 'The user as they are now.', schema: user },
  problems: { 404: ['user_not_found'], 409: ['own_account', 'last_administrator'] },
} satisfies Contract

export const makeResetLink = {
  ...{ id: 'makeResetLink', method: 'POST', path: '/api/admin/users/:id/reset-link', group, callers, params },
  says: 'Makes a link with which a user chooses a new password, once, within 15 minutes; it signs nobody in.',
  answer: { status: 201, says: 'The link, shown only now.', schema: z.strictObject({ url: z.url() }) },
  problems: { 404: ['user_not_found'], 409: ['reset_link_unavailable'] },
} satisfies Contract

export const removeUserCodes = {
  ...{ id: 'removeUserCodes', method: 'DELETE', path: '/api/admin/users/:id/codes', group, callers, params },
  says: 'Turns off the codes of an authenticator app and the recovery codes of a user who has lost them.',
  answer: {
    status: 200,
    says: '`removed` is false when no codes were asked for: then nothing was done.',
    schema: z.strictObject({ removed: z.boolean() }),
  },
  problems: { 404: ['user_not_found'] },
} satisfies Contract

export const endUserSessions = {
  ...{ id: 'endUserSessions', method: 'DELETE', path: '/api/admin/users/:id/sessions', group, callers, params },
  says: 'Signs a user out everywhere: sessions, login tokens, and what apps hold.',
  answer: { status: 204, says: 'Done.' },
  problems: { 404: ['user_not_found'] },
} satisfies Contract

export function userToWire(record: UserRecord): z.output<typeof user> {
  return {
    id: record.id,
    username: record.username,
    email: record.email,
    email_verified: record.emailVerified,
    is_admin: record.isAdmin,
    is_disabled: record.isDisabled,
    is_online: record.isOnline,
    created_at: record.createdAt.toISOString(),
    operated_at: record.operatedAt.toISOString(),
  }
}
