import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { newId } from '#base'
import { formFields, limited } from '#http'
import { orderVerification } from '../email/verification.ts'
import { problem } from '../errors.ts'
import { appOfWay } from '../login/asking-app.ts'
import { originOf } from '../login/origin.ts'
import { afterCancel, afterSignIn, parseWayOn, type WayOn } from '../login/way-on.ts'
import { registerPage } from '../pages/register-page.tsx'
import { tooManyAccounts } from '../register/registration-limit.ts'
import { insertLoginEvent } from '../store/login-event.ts'
import { bodyType } from './body-type.ts'
import type { EndpointDeps } from './deps.ts'
import { registerByJson } from './register-json.ts'

const EXPIRED = 'This page was open for too long, or was not sent from here. Enter your password once more.'

/** `GET /register`: the form. `POST /register`: the form, or JSON. */
export function registerRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  server.get('/register', async (request, reply) => {
    const query = formFields(request.query)
    const way = parseWayOn(query, deps.publicUrl)
    if (request.caller?.kind === 'user' && way.interaction === undefined) return reply.redirect(afterSignIn(way), 303)
    return show(deps, request, reply, {
      way,
      username: query['login_hint']?.slice(0, 200) ?? '',
      email: '',
      errors: [],
    })
  })

  const config = limited({ most: 100, seconds: 600 })
  server.post('/register', { config }, async (request, reply) => {
    const type = bodyType(request)
    if (type === 'json') return registerByJson(deps, request, reply)
    if (type === 'form') return registerByForm(deps, request, reply)
    throw problem('login_body_type', 'Send application/json with username and password.')
  })
}

async function registerByForm(deps: EndpointDeps, request: FastifyRequest, reply: FastifyReply) {
  const { csrf: token, username = '', password = '', email = '', ...fields } = formFields(request.body)
  const way = parseWayOn(fields, deps.publicUrl)
  const again = (status: number, errors: readonly Wrong[]) =>
    show(deps, request, reply.code(status), { way, username, email, errors })

  if (!deps.csrf.isGenuine(request, token)) return again(403, [{ message: EXPIRED }])
  if (fields['cancel'] !== undefined) return reply.redirect(afterCancel(way), 303)
  const wait = await deps.registrationLimit.take(originOf(request).address)
  if (wait > 0) {
    reply.header('retry-after', wait)
    return again(429, [{ message: tooManyAccounts(wait) }])
  }
  const outcome = await deps.register({ username, password, email, isAdmin: false, byOperator: false })
  if ('errors' in outcome) {
    const taken = outcome.errors.some(({ code }) => code === 'username_taken')
    return again(taken && outcome.errors.length === 1 ? 409 : 422, outcome.errors)
  }
  const { user } = outcome
  const path = await deps.finishSignIn(request, reply, { user, amr: ['pwd'], way })
  const event = { id: newId(), ownerId: user.id, outcome: 'succeeded' as const, method: 'register' }
  await insertLoginEvent(deps.tables, { ...event, ...originOf(request) })
  await orderVerification(deps, user, originOf(request).address)
  return reply.redirect(path, 303)
}

type Wrong = { readonly field?: string; readonly message: string }

async function show(
  deps: EndpointDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: {
    readonly way: WayOn
    readonly username: string
    readonly email: string
    readonly errors: readonly Wrong[]
  },
) {
  const { caller } = request
  const leavesThings = caller?.kind === 'guest' && (await deps.guestHasThings(caller.ownerId))
  const app = await appOfWay(deps.askingApp, shown.way)
  const providers = deps.signInProviders()
  const context = deps.pages.context(request, reply)
  const page = registerPage({ page: context, app, leavesThings, providers, ...shown })
  return deps.pages.send(reply, page, { status: reply.statusCode, leavesSite: true })
}
