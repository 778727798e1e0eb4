import type { FastifyReply, FastifyRequest } from 'fastify'
import { ACCOUNT_PROBLEMS, type AuditActor, actorOf, requireFreshToken } from '#accounts'
import { HTTP_PROBLEMS, Problem } from '#http'
import type { ConsoleDeps } from '../deps.ts'

/** An administrator who was checked, and the name under which the audit log knows them. */
export type Administrator = { readonly publicId: string; readonly by: AuditActor }

type GateDeps = Pick<ConsoleDeps, 'accounts' | 'clock' | 'csrf'>

/** A change needs a sign-in that is younger than this (security §10.16). */
export const FRESH_SECONDS = 5 * 60

const httpProblem = Problem.from(HTTP_PROBLEMS)
const accountProblem = Problem.from(ACCOUNT_PROBLEMS)

/**
 * Who calls the admin API: an administrator, by a login token or by the session, and nobody else. Whoever sends an
 * Authorization header means it: a session beside it does not help out.
 *
 * @param changes whether something is about to be changed: then the sign-in has to be fresh
 * @throws Problem `sign_in_required` for nobody, `not_found` for everybody else, `login_token_too_old`,
 *   `forged_request`, `confirmation_required`
 */
export async function requireAdministrator(
  deps: GateDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  changes: boolean,
): Promise<Administrator> {
  if (request.headers.authorization !== undefined) return bearerAdministrator(deps, request, reply, changes)
  const user = request.caller?.user
  if (!user) throw signInRequired(reply)
  if (!user.isAdmin) throw notFound()
  if (changes) {
    // A header that no form can set, and a token that no other site can read.
    if (!deps.csrf.isGenuine(request, request.headers['x-csrf-token'])) {
      throw httpProblem('forged_request', 'Send the CSRF token of a page of this session as X-CSRF-Token.')
    }
    await deps.accounts.requireFreshSignIn(request, FRESH_SECONDS)
  }
  return { publicId: user.publicId, by: actorOf(request) }
}

async function bearerAdministrator(deps: GateDeps, request: FastifyRequest, reply: FastifyReply, changes: boolean) {
  const user = await deps.accounts.bearerUser(request)
  if (!user) throw signInRequired(reply)
  if (!user.isAdmin) throw notFound()
  if (changes) requireFreshToken(reply, { authTime: user.authTime, now: deps.clock.now(), seconds: FRESH_SECONDS })
  return { publicId: user.publicId, by: actorOf(request, user) }
}

function signInRequired(reply: FastifyReply): Problem {
  // RFC 9110 §11.6.1: a 401 says what would open the door.
  reply.header('www-authenticate', 'Bearer realm="trivet"')
  const how = 'Send the login token of an administrator, which POST /login gives, as Authorization: Bearer.'
  return accountProblem('sign_in_required', how)
}

/** The words of every address that is none. */
function notFound(): Problem {
  return httpProblem('not_found', 'Check the address, or start again from the first page.')
}
