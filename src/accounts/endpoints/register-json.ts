import type { FastifyReply, FastifyRequest } from 'fastify'
import { orderVerification } from '../email/verification.ts'
import { originOf } from '../login/origin.ts'
import type { RegistrationError } from '../register/register.ts'
import { tooManyAccounts } from '../register/registration-limit.ts'
import { textMember } from './body-type.ts'
import type { EndpointDeps } from './deps.ts'

/** `POST /register` with JSON: makes a user and signs nobody in; `POST /login` does that. */
export async function registerByJson(deps: EndpointDeps, request: FastifyRequest, reply: FastifyReply) {
  const { body } = request
  const username = textMember(body, 'username')
  if (username === undefined && hasMember(body, 'redirect_uris')) {
    // A client that took this for the registration endpoint of RFC 7591.
    const error_description = 'Clients are registered at /client; this address is for people'
    return reply.code(400).send({ error: 'invalid_client_metadata', error_description })
  }
  const password = textMember(body, 'password')
  const email = textMember(body, 'email')
  if (username === undefined || password === undefined || (email === undefined && hasMember(body, 'email'))) {
    const message = 'Send a JSON object with username and password, and email if you like, all of them text.'
    return reply.code(400).send({ result: 'failed', error: 'credentials_missing', message })
  }
  const wait = await deps.registrationLimit.take(originOf(request).address)
  if (wait > 0) {
    reply.code(429).header('retry-after', wait)
    return reply.send({ result: 'failed', error: 'too_many_registrations', message: tooManyAccounts(wait) })
  }
  const outcome = await deps.register({ username, password, email, isAdmin: false, byOperator: false })
  if ('errors' in outcome) return refuse(reply, outcome.errors)
  const { publicId, username: name } = outcome.user
  await orderVerification(deps, outcome.user, originOf(request).address)
  return reply.code(201).send({ result: 'succeeded', user: { id: publicId, username: name } })
}

/** User names are public (decision "User names"): 409 for one that is taken, 422 for the rest. */
function refuse(reply: FastifyReply, errors: readonly RegistrationError[]) {
  const [first] = errors
  const status = first?.code === 'username_taken' ? 409 : 422
  return reply.code(status).send({ result: 'failed', error: first?.code, message: first?.message })
}

function hasMember(body: unknown, name: string): boolean {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name)
}
