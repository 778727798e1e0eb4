import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Caller, SignedIn } from '#http'
import { signInFirst } from '../login/way-on.ts'
import type { User } from '../user.ts'
import type { EndpointDeps } from './deps.ts'

/** Who looks at their own account, and by which session. */
export type Self = { readonly user: User; readonly caller: Caller & { readonly user: SignedIn } }

type Handler = (request: FastifyRequest, reply: FastifyReply, self: Self) => Promise<FastifyReply>

/**
 * Pages about one's own account: `get` shows, `post` changes. Whoever is not signed in, or not any more, does so first
 * and comes back to `page`; what they had typed was a password, or is typed again.
 *
 * @param comeBack where they come back to, when that is not `page`
 */
export function ownPages(
  server: FastifyInstance,
  deps: EndpointDeps,
  page: string,
  comeBack: (request: FastifyRequest) => string = () => page,
) {
  const withSelf = (handler: Handler) => async (request: FastifyRequest, reply: FastifyReply) => {
    const { caller } = request
    const user = caller?.user && (await deps.accounts.user(caller.ownerId))
    if (!user || !caller?.user) return reply.redirect(signInFirst(comeBack(request)), 303)
    return handler(request, reply, { user, caller: { ...caller, user: caller.user } })
  }
  return {
    get: (handler: Handler) => void server.get(page, withSelf(handler)),
    /** @param path of what is done, when it is not the page's own */
    post: (handler: Handler, path = page) =>
      void server.post(
        path,
        withSelf(async (request, reply, self) => {
          deps.csrf.require(request)
          return handler(request, reply, self)
        }),
      ),
  }
}
