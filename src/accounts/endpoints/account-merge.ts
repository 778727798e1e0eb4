import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formFields } from '#http'
import { actorOf } from '../audit/audit.ts'
import { afterSignIn, parseWayOn, type WayOn, withWayOn } from '../login/way-on.ts'
import { mergePage } from '../pages/merge-page.tsx'
import type { EndpointDeps } from './deps.ts'
import { ownPages, type Self } from './own-pages.ts'

const NOTHING_TICKED = 'Nothing is ticked. Tick what is yours, or leave everything behind.'

/** `/account/merge`: things of the guest that this browser was, and whether they come along into the account. */
export function mergeRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const wayOf = (fields: unknown) => parseWayOn(formFields(fields), deps.publicUrl)
  const pages = ownPages(server, deps, '/account/merge', ({ query }) => withWayOn('/account/merge', wayOf(query)))

  pages.get(async (request, reply, self) => show(deps, request, reply, { self, way: wayOf(request.query) }))

  pages.post(async (request, reply, self) => {
    const { user, caller } = self
    const { decision, ...fields } = formFields(request.body)
    const way = wayOf(request.body)
    // Whatever is not said in so many words leaves things where they are.
    if (decision !== 'take' && decision !== 'all') return reply.redirect(afterSignIn(way), 303)
    const ticked = new Set(Object.keys(fields).flatMap((name) => (name.startsWith('item-') ? [name.slice(5)] : [])))
    if (decision === 'take' && ticked.size === 0) {
      return show(deps, request, reply.code(422), { self, way, error: NOTHING_TICKED })
    }
    const session = { id: caller.sessionId, ownerId: user.id }
    const by = { ...actorOf(request), publicId: user.publicId }
    const taken = await deps.guestMerge.take(session, ({ id }) => decision === 'all' || ticked.has(id), by)
    // A new secret for the session that opens more than before (security §10.16).
    if (taken.length > 0) await deps.accounts.changeSecret(request, reply)
    const isOnTheWay = way.interaction !== undefined || way.returnTo !== undefined
    return reply.redirect(isOnTheWay || taken.length === 0 ? afterSignIn(way) : '/account?notice=taken_along', 303)
  })
}

async function show(
  deps: EndpointDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: { readonly self: Self; readonly way: WayOn; readonly error?: string },
): Promise<FastifyReply> {
  const { self, way, error } = shown
  const { user, caller } = self
  const offered = await deps.guestMerge.offered({ id: caller.sessionId, ownerId: user.id })
  const [first] = offered
  if (!first) return reply.redirect(afterSignIn(way), 303)
  const page = mergePage({
    page: deps.pages.context(request, reply),
    ...{ username: user.username, way, offered },
    errors: error === undefined ? [] : [{ field: `item-${first.id}`, message: error }],
  })
  // The answer may lead on to an app.
  return deps.pages.send(reply, page, { status: reply.statusCode, leavesSite: true })
}
