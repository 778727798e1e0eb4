import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { actorOf, signInFirst } from '#accounts'
import { formFields } from '#http'
import type { PageContext } from '#ui'
import type { ConsoleDeps } from '../deps.ts'
import { type Administrator, FRESH_SECONDS } from './administrator.ts'

/** What a page of the console knows. */
export type Visit = {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly administrator: Administrator
  readonly page: PageContext
  readonly query: Readonly<Record<string, string>>
  /** Of the form that was sent. */
  readonly fields: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, string>>
  /** Where to confirm who one is, when changes would ask for that. */
  readonly confirm: string | undefined
}

type Handler = (visit: Visit) => Promise<FastifyReply>

/**
 * Pages for administrators. Whoever is not signed in does so first; for everybody else there is nothing here. What is
 * sent needs the token of the form, and a sign-in that is younger than five minutes (security §10.16).
 */
export function consolePages(server: FastifyInstance, deps: Pick<ConsoleDeps, 'accounts' | 'csrf' | 'pages'>) {
  const forAdministrators = (
    comeBack: (request: FastifyRequest) => string,
    handler: (visit: Visit) => Promise<FastifyReply>,
  ) =>
    async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      const user = request.caller?.user
      if (!user) return reply.redirect(signInFirst(comeBack(request)), 303)
      if (!user.isAdmin) {
        reply.callNotFound()
        return reply
      }
      return handler({
        ...{ request, reply, page: deps.pages.context(request, reply) },
        administrator: { publicId: user.publicId, by: actorOf(request) },
        query: formFields(request.query),
        fields: formFields(request.body),
        params: formFields(request.params),
        confirm: await deps.accounts.confirmFirst(request, comeBack(request), FRESH_SECONDS),
      })
    }

  return {
    get: (path: string, handler: Handler) =>
      void server.get(
        path,
        forAdministrators(({ url }) => url, handler),
      ),
    /** @param comeBack the page that shows the form, filled in as it was, for who has to confirm first */
    post: (path: string, comeBack: (sent: Sent) => string, handler: Handler) =>
      void server.post(
        path,
        forAdministrators(
          ({ body, params }) => comeBack({ fields: formFields(body), params: formFields(params) }),
          async (visit) => {
            deps.csrf.require(visit.request)
            if (visit.confirm !== undefined) return visit.reply.redirect(visit.confirm, 303)
            return handler(visit)
          },
        ),
      ),
  }
}

type Sent = Pick<Visit, 'fields' | 'params'>
export type ConsolePages = ReturnType<typeof consolePages>
