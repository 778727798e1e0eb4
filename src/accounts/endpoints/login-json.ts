import type { FastifyReply, FastifyRequest } from 'fastify'
import { problem } from '../errors.ts'
import { originOf } from '../login/origin.ts'
import { textMember } from './body-type.ts'
import type { EndpointDeps } from './deps.ts'

/**
 * `POST /login` with JSON, as the API document has it: 200 whether the password is right or wrong, the result is in the
 * body. It sets no cookie, reads none, and has no CORS: browsers of other sites cannot send this type (a preflight
 * fails), and would not get to read the answer.
 */
export async function loginByJson(deps: EndpointDeps, request: FastifyRequest, reply: FastifyReply) {
  if (!deps.passwordApi) throw problem('password_api_off', 'TRIVET_PASSWORD_API is off. Sign in on the page.')
  const username = textMember(request.body, 'username')
  const password = textMember(request.body, 'password')
  if (username === undefined || password === undefined) {
    throw problem('credentials_missing', 'Send a JSON object with username and password, both text.')
  }
  const outcome = await deps.attempt({ username, password, method: 'password_api', origin: originOf(request) })
  reply.header('cache-control', 'no-store')
  switch (outcome.result) {
    case 'succeeded':
      return { result: 'succeeded', token: await deps.accounts.loginToken.issue(outcome.user, { amr: ['pwd'] }) }
    case 'failed':
      return { result: 'failed', token: null }
    case 'blocked':
      reply.code(429).header('retry-after', outcome.retryAfter)
      return { result: 'failed', token: null, error: 'too_many_attempts' }
  }
}
