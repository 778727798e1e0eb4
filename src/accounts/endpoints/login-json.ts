import type { FastifyReply, FastifyRequest } from 'fastify'
import { newId } from '#base'
import { problem } from '../errors.ts'
import { noteRecoveryUse } from '../factors/recovery-use.ts'
import { CODE_AMR } from '../factors/second-factor.ts'
import { originOf } from '../login/origin.ts'
import { insertLoginEvent } from '../store/login-event.ts'
import type { User } from '../user.ts'
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
  if (outcome.result === 'failed') return { result: 'failed', token: null }
  if (outcome.result === 'blocked') return blocked(reply, outcome.retryAfter)
  const { user, needsCode } = outcome
  return needsCode
    ? withCode(deps, request, reply, user)
    : { result: 'succeeded', token: await deps.accounts.loginToken.issue(user, { amr: ['pwd'] }) }
}

/** Only whoever has sent the right password learns that a code is asked for besides. */
async function withCode(deps: EndpointDeps, request: FastifyRequest, reply: FastifyReply, user: User) {
  const code = textMember(request.body, 'otp')
  const origin = originOf(request)
  if (code === undefined) {
    const event = { id: newId(), ownerId: user.id, outcome: 'half' as const, method: 'password_api' }
    await insertLoginEvent(deps.tables, { ...event, ...origin })
    return { result: 'failed', token: null, error: 'otp_required' }
  }
  const checked = await deps.secondFactor.check({ ownerId: user.id, code, origin })
  if (checked.result === 'failed') return { result: 'failed', token: null, error: 'otp_wrong' }
  if (checked.result === 'blocked') return blocked(reply, checked.retryAfter)
  if (checked.kind === 'recovery_code') await noteRecoveryUse(deps, request, user)
  const amr = ['pwd', ...CODE_AMR]
  return { result: 'succeeded', token: await deps.accounts.loginToken.issue(user, { amr }) }
}

function blocked(reply: FastifyReply, retryAfter: number) {
  reply.code(429).header('retry-after', retryAfter)
  return { result: 'failed', token: null, error: 'too_many_attempts' }
}
