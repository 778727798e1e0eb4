import { randomInt } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { newId } from '#base'
import { formFields, limited } from '#http'
import { EXTERNAL } from '../identities/external.ts'
import { withNotice } from '../identities/identities.ts'
import { originOf } from '../login/origin.ts'
import { afterCancel, afterSignIn, signInFirst } from '../login/way-on.ts'
import { suggestUsername } from '../names/suggest-username.ts'
import { linkIdentityPage, newIdentityPage } from '../pages/identity-page.tsx'
import { registerByIdentity } from '../register/register-by-identity.ts'
import { tooManyAccounts } from '../register/registration-limit.ts'
import { insertLoginEvent } from '../store/login-event.ts'
import {
  findPendingIdentity,
  type PendingIdentity,
  takePendingIdentity,
  wishToLink,
} from '../store/pending-identity.ts'
import { isNameTaken } from '../store/user.ts'
import type { EndpointDeps } from './deps.ts'

const PATH = '/login/identity'
/** Of one address: new accounts are made here as at `/register`. */
const LIMIT = { most: 100, seconds: 600 }

/**
 * `/login/identity`: what to do with an account at a provider that nobody here has yet. A new account with it, or a
 * sign-in to the one that is there, after which the same page asks whether to link it.
 */
export function loginIdentityRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  server.get(PATH, async (request, reply) => {
    const pending = await pendingOf(deps, request)
    if (!pending) return reply.redirect(whenGone(request), 303)
    if (request.caller?.user) return showLink(deps, request, reply, pending)
    const isTaken = (folded: string) => isNameTaken(deps.tables, folded)
    const username = await suggestUsername(pending.name, { isTaken, number: () => randomInt(10, 1000) })
    return showNew(deps, request, reply, { pending, username, errors: [] })
  })

  server.post(PATH, { config: limited(LIMIT) }, async (request, reply) => {
    // Without a session nothing waits here. Pressed twice, the first press may have replaced it already.
    if (!request.caller) return reply.redirect(whenGone(request), 303)
    deps.csrf.require(request)
    const { decision, identity, username = '' } = formFields(request.body)
    const pending = await pendingOf(deps, request)
    // A page that was open while another tab came back with another account decides nothing about that one.
    if (!pending || pending.id !== identity) return reply.redirect(whenGone(request), 303)
    if (decision === 'cancel') {
      await takePendingIdentity(deps.tables, pending.id)
      return reply.redirect(request.caller?.user ? afterSignIn(pending.way) : afterCancel(pending.way), 303)
    }
    if (request.caller?.user) return link(deps, request, reply, pending)
    if (decision !== 'have_account') return create(deps, request, reply, { pending, username })
    await wishToLink(deps.tables, pending.id)
    return reply.redirect(signInFirst(PATH), 303)
  })
}

/** A user's only when they said so before they signed in. */
async function pendingOf(deps: EndpointDeps, { caller }: FastifyRequest): Promise<PendingIdentity | undefined> {
  const pending = caller ? await findPendingIdentity(deps.tables, caller.sessionId) : undefined
  return caller?.user && !pending?.wantsLink ? undefined : pending
}

function whenGone({ caller }: FastifyRequest): string {
  return caller?.user ? '/account' : withNotice('/login', 'identity_gone')
}

type New = {
  readonly pending: PendingIdentity
  readonly username: string
  readonly errors: readonly { readonly field?: string; readonly message: string }[]
}

function showNew(deps: EndpointDeps, request: FastifyRequest, reply: FastifyReply, { pending, ...shown }: New) {
  const page = deps.pages.context(request, reply)
  return deps.pages.send(reply, newIdentityPage({ page, pending: named(deps, pending), ...shown }), {
    status: reply.statusCode,
    leavesSite: true,
  })
}

async function showLink(deps: EndpointDeps, request: FastifyRequest, reply: FastifyReply, pending: PendingIdentity) {
  // Asked for before the page is shown: who has just signed in to get here is not asked again.
  const first = await deps.accounts.confirmFirst(request, PATH)
  if (first !== undefined) return reply.redirect(first, 303)
  const page = deps.pages.context(request, reply)
  const username = request.caller?.user?.username ?? ''
  return deps.pages.send(reply, linkIdentityPage({ page, pending: named(deps, pending), username }), {
    leavesSite: true,
  })
}

function named(deps: EndpointDeps, pending: PendingIdentity) {
  const provider = deps.signInProviders().find(({ id }) => id === pending.provider)
  return { ...pending, providerName: provider?.name ?? pending.provider }
}

async function create(
  deps: EndpointDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { pending, username }: Pick<New, 'pending' | 'username'>,
) {
  const wait = await deps.registrationLimit.take(originOf(request).address)
  if (wait > 0) {
    reply.code(429).header('retry-after', wait)
    return showNew(deps, request, reply, { pending, username, errors: [{ message: tooManyAccounts(wait) }] })
  }
  const outcome = await registerByIdentity(deps.tables, pending, username, originOf(request).address)
  if ('error' in outcome) {
    const { error } = outcome
    if (error === 'identity_gone') return reply.redirect(whenGone(request), 303)
    const shown = { pending, username, errors: [{ field: 'username', message: error.message }] }
    return showNew(deps, request, reply.code(error.code === 'username_taken' ? 409 : 422), shown)
  }
  const { user } = outcome
  const event = { id: newId(), ownerId: user.id, outcome: 'succeeded' as const, method: pending.provider }
  await insertLoginEvent(deps.tables, { ...event, ...originOf(request) })
  return reply.redirect(await deps.finishSignIn(request, reply, { user, amr: [EXTERNAL], way: pending.way }), 303)
}

async function link(deps: EndpointDeps, request: FastifyRequest, reply: FastifyReply, pending: PendingIdentity) {
  const first = await deps.accounts.confirmFirst(request, PATH)
  if (first !== undefined) return reply.redirect(first, 303)
  const provider = deps.signInProviders().find(({ issuer }) => issuer === pending.issuer)
  const isTaken = provider !== undefined && (await takePendingIdentity(deps.tables, pending.id))
  if (!isTaken) return reply.redirect(whenGone(request), 303)
  const isSandbox = provider.source === 'sandbox'
  const outcome = await deps.linkIdentity(request, reply, { ...pending, isSandbox })
  const isDone = outcome === 'linked' || outcome === 'linked_already'
  return reply.redirect(isDone ? afterSignIn(pending.way) : withNotice('/account/identities', outcome), 303)
}
