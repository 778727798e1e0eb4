import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formFields } from '#http'
import { problem } from '../errors.ts'
import { appOfWay } from '../login/asking-app.ts'
import { originOf } from '../login/origin.ts'
import { afterCancel, afterSignIn, parseWayOn, type WayOn } from '../login/way-on.ts'
import { loginPage } from '../pages/login-page.tsx'
import { bodyType } from './body-type.ts'
import type { EndpointDeps } from './deps.ts'
import { loginByJson } from './login-json.ts'
import { tooMany } from './too-many.ts'

const PASSWORD = ['pwd']
const EXPIRED = 'This page was open for too long, or was not sent from here. Enter your password once more.'
/** What just happened; only codes are taken from the address, so that nobody writes on this page by a link. */
const NOTICES = new Map([
  ['signed_out', 'You are signed out.'],
  ['account_deleted', 'Your account has been deleted.'],
  ['code_late', 'It took too long, or went on in another tab. Sign in again.'],
  ['password_reset', 'Your password has been changed. Sign in with the new one.'],
  [
    'ways_reset',
    'Your password has been changed. Sign in with it: passkeys and linked accounts that were added before the e-mail address was confirmed sign nobody in any more.',
  ],
  ['account_off', 'That account cannot sign in at the moment. Whoever runs this server knows why.'],
  ['sandbox_admin', 'Administrators do not sign in by the sandbox: there, anybody can be anybody.'],
  ['identity_gone', 'That took too long, or was decided in another tab. Sign in again.'],
  ['denied', 'You did not agree there, so you are not signed in.'],
  ['expired', 'The sign-in took longer than ten minutes. Start again.'],
])
const WRONG = 'The username or the password is wrong.'

/** `GET /login`: the form. `POST /login`: the form, or the JSON call of the API document. */
export function loginRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  server.get('/login', async (request, reply) => {
    const query = formFields(request.query)
    const way = parseWayOn(query, deps.publicUrl)
    const again = way.interaction !== undefined || query['prompt'] === 'login'
    if (request.caller?.kind === 'user' && !again) return reply.redirect(afterSignIn(way), 303)
    const username = query['login_hint'] ?? request.caller?.user?.username ?? ''
    const status = NOTICES.get(query['connect'] ?? query['notice'] ?? '')
    return showLogin(deps, request, reply, { way, username: username.slice(0, 200), errors: [], status })
  })

  server.post('/login', async (request, reply) => {
    const type = bodyType(request)
    if (type === 'json') return loginByJson(deps, request, reply)
    if (type === 'form') return loginByForm(deps, request, reply)
    throw problem('login_body_type', 'Send application/json with username and password.')
  })
}

async function loginByForm(deps: EndpointDeps, request: FastifyRequest, reply: FastifyReply) {
  const { csrf: token, username = '', password = '', ...fields } = formFields(request.body)
  const way = parseWayOn(fields, deps.publicUrl)
  const again = (status: number, errors: readonly Wrong[]) =>
    showLogin(deps, request, reply.code(status), { way, username, errors, status: undefined })

  // Login CSRF (security §6): a page of somebody else signs nobody in as somebody else.
  if (!deps.csrf.isGenuine(request, token)) return again(403, [{ message: EXPIRED }])
  if (fields['cancel'] !== undefined) return reply.redirect(afterCancel(way), 303)
  const missing = [
    ...(username.trim() === '' ? [{ field: 'username', message: 'Enter your username.' }] : []),
    ...(password === '' ? [{ field: 'password', message: 'Enter your password.' }] : []),
  ]
  if (missing.length > 0) return again(422, missing)

  const outcome = await deps.attempt({ username, password, method: 'password', origin: originOf(request) })
  if (outcome.result === 'blocked') {
    reply.header('retry-after', outcome.retryAfter)
    return again(429, [{ message: tooMany(outcome.retryAfter) }])
  }
  if (outcome.result === 'failed') return again(422, [{ message: WRONG }])
  // 303, never 307: the password goes no further (RFC 9700 §4.12).
  return reply.redirect(await deps.finishSignIn(request, reply, { user: outcome.user, amr: PASSWORD, way }), 303)
}

type Wrong = { readonly field?: string; readonly message: string }

export async function showLogin(
  deps: EndpointDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: {
    readonly way: WayOn
    readonly username: string
    readonly errors: readonly Wrong[]
    readonly status: string | undefined
  },
) {
  const { caller } = request
  const leavesThings = caller?.kind === 'guest' && (await deps.guestHasThings(caller.ownerId))
  const app = await appOfWay(deps.askingApp, shown.way)
  const providers = deps.signInProviders()
  const context = deps.pages.context(request, reply)
  const passkey = await deps.passkeys.signInOptions(context)
  const page = loginPage({ page: context, app, leavesThings, providers, passkey, ...shown })
  return deps.pages.send(reply, page, { status: reply.statusCode, leavesSite: true })
}
