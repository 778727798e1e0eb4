import type { FastifyRequest } from 'fastify'
import type { Accounts } from '#accounts'
import type { Caller } from '#http'
import { OAuthError } from '../errors.ts'

/** The person whose answer a request wants: signed in, by a session of this browser or by a login token. */
export type Subject = {
  readonly ownerId: string
  /** `sub`. */
  readonly publicId: string
  readonly authTime: Date
  readonly amr: readonly string[]
  readonly sid: string | null
  /** Undefined with a login token: whoever sends one cannot be shown a page. */
  readonly sessionId: string | undefined
}

/** The person of a session; a guest is nobody here. */
export function subjectOfSession(caller: Caller | null): Subject | undefined {
  if (caller?.user === undefined) return undefined
  const { publicId, authTime, amr, sid } = caller.user
  return { ownerId: caller.ownerId, publicId, authTime, amr, sid, sessionId: caller.sessionId }
}

/** Whether a request speaks by a login token: its cookies count for nothing then. */
export function hasBearer(request: FastifyRequest): boolean {
  return /^bearer(\s|$)/i.test(request.headers.authorization ?? '')
}

/**
 * The person of a login token. No other token of ours opens this door, and none can be had for a scope.
 *
 * @throws OAuthError `invalid_token` (RFC 6750 §3.1)
 */
export async function subjectOfBearer(
  accounts: Pick<Accounts, 'bearerUser'>,
  request: FastifyRequest,
): Promise<Subject> {
  const bearer = await accounts.bearerUser(request)
  if (!bearer) {
    throw new OAuthError('invalid_token', 'A login token that is alive is needed here: POST /login gives one', {
      headers: { 'www-authenticate': 'Bearer realm="trivet", error="invalid_token"' },
    })
  }
  const { id, publicId, authTime, amr } = bearer
  return { ownerId: id, publicId, authTime, amr, sid: null, sessionId: undefined }
}
