import { z } from 'zod'
import type { RegistrationTokenEntry } from '#authorization'
import type { Contract } from '#http'
import { text, time } from './paging.ts'

export const MOST_USES = 1_000_000
export const MOST_SECONDS = 3650 * 86_400

/** SHA-256 as base64url. */
const tokenId = z.string().regex(/^[\w-]{43}$/)

const registrationToken = z
  .strictObject({
    id: tokenId.meta({ description: 'Names the token without opening anything.' }),
    note: z.string(),
    created_at: time,
    expires_at: time.nullable(),
    uses_left: z.number().int().nullable(),
  })
  .meta({ id: 'RegistrationToken' })

const group = 'Administration: registration tokens'
const callers = 'administrator'

export const listRegistrationTokens = {
  ...{ id: 'listRegistrationTokens', method: 'GET', path: '/api/admin/registration-tokens', group, callers },
  says: 'Initial access tokens that still open something, the newest first.',
  answer: {
    status: 200,
    says: 'All of them, at most 200.',
    schema: z.strictObject({ registration_tokens: z.array(registrationToken) }),
  },
} satisfies Contract

export const createRegistrationToken = {
  ...{ id: 'createRegistrationToken', method: 'POST', path: '/api/admin/registration-tokens', group, callers },
  says: 'Makes a token with which apps can be registered at `POST /client` (RFC 7591 section 3).',
  body: z.strictObject({
    note: text.default('').meta({ description: 'What it is for.' }),
    uses: z
      .number()
      .int()
      .min(1)
      .max(MOST_USES)
      .optional()
      .meta({ description: 'How many apps; any number unless told.' }),
    expires_in: z
      .number()
      .int()
      .min(1)
      .max(MOST_SECONDS)
      .optional()
      .meta({ description: 'Seconds; it does not end unless told.' }),
  }),
  answer: {
    status: 201,
    says: 'The token, shown only now.',
    schema: z.strictObject({ id: tokenId, token: z.string() }),
  },
  problems: { 409: ['registration_off'] },
} satisfies Contract

export const deleteRegistrationToken = {
  ...{ id: 'deleteRegistrationToken', method: 'DELETE', path: '/api/admin/registration-tokens/:id', group, callers },
  says: 'Ends a token; apps that were registered with it stay.',
  params: z.strictObject({ id: tokenId }),
  answer: { status: 204, says: 'Done.' },
  problems: { 404: ['registration_token_not_found'] },
} satisfies Contract

export function tokenToWire(entry: RegistrationTokenEntry): z.output<typeof registrationToken> {
  return {
    id: entry.id,
    note: entry.note,
    created_at: entry.createdAt.toISOString(),
    expires_at: entry.expiresAt?.toISOString() ?? null,
    uses_left: entry.usesLeft,
  }
}
