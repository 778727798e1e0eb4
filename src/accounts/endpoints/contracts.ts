import { z } from 'zod'
import type { Contract } from '#http'
import { PROFILE_TEXTS } from '../profile/profile.ts'

const ADDRESS = ['street_address', 'locality', 'region', 'postal_code', 'country']

const texts = <T extends z.ZodType>(names: readonly string[], value: T) =>
  Object.fromEntries(names.map((name) => [name, value]))

const profile = z
  .strictObject({
    sub: z.string(),
    ...texts(PROFILE_TEXTS, z.string().optional()),
    preferred_username: z.string(),
    updated_at: z.number().int(),
    email: z.string().optional(),
    email_verified: z.boolean().optional(),
    phone_number_verified: z.boolean().optional(),
    address: z.strictObject({ ...texts(ADDRESS, z.string().optional()), formatted: z.string() }).optional(),
  })
  .meta({ id: 'Account', description: 'Claims of OpenID Connect Core §5.1; those without a value are left out.' })

const change = z.string().nullable().optional()

const profileChange = z
  .looseObject({
    email: change,
    ...texts(PROFILE_TEXTS, change),
    address: z.looseObject(texts(ADDRESS, change)).nullable().optional(),
  })
  .meta({ id: 'AccountChange', description: 'null takes a claim away; what is not sent stays; the rest is ignored.' })

const group = 'Account'

/** The JSON API of this room. */
export const ACCOUNT_CONTRACTS: readonly Contract[] = [
  {
    ...{ id: 'register', method: 'POST', path: '/register', group, callers: 'anybody' },
    says: 'Makes a user, and signs nobody in.',
    body: z.looseObject({ username: z.string(), password: z.string(), email: z.string().optional() }),
    answer: {
      status: 201,
      says: 'Made. A name that is taken is 409, anything else that is wrong 422; `error` and `message` say what.',
      schema: z.strictObject({
        result: z.literal('succeeded'),
        user: z.strictObject({ id: z.string(), username: z.string() }),
      }),
    },
  },
  {
    ...{ id: 'logIn', method: 'POST', path: '/login', group, callers: 'anybody' },
    says: 'Gives a login token for username and password, and, where there is a second factor, its code.',
    body: z.looseObject({ username: z.string(), password: z.string(), otp: z.string().optional() }),
    answer: {
      status: 200,
      says: 'Whether it was right or wrong: `result` says so. Too many attempts are 429 with Retry-After.',
      schema: z.strictObject({
        result: z.enum(['succeeded', 'failed']),
        token: z.string().nullable(),
        error: z.string().optional().meta({ description: '`otp_required`, `otp_wrong`.' }),
      }),
    },
    problems: { 400: ['credentials_missing'], 404: ['password_api_off'], 415: ['login_body_type'] },
  },
  {
    ...{ id: 'readAccount', method: 'GET', path: '/api/account', group, callers: 'user' },
    says: 'One’s own profile.',
    answer: { status: 200, says: 'The profile.', schema: profile },
  },
  {
    ...{ id: 'changeAccount', method: 'PATCH', path: '/api/account', group, callers: 'user' },
    says: 'Changes claims of one’s own profile.',
    body: profileChange,
    answer: { status: 200, says: 'The profile as it is now.', schema: profile },
    problems: {
      401: ['login_token_too_old'],
      403: ['confirmation_required', 'forged_request'],
      415: ['login_body_type'],
      422: ['profile_invalid'],
    },
  },
]
