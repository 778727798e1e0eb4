import type { FastifyInstance } from 'fastify'
import { isId } from '#base'
import { limited } from '#http'
import { CONNECTION_PROBLEMS, type ConnectionProblemCode, problem } from '../errors.ts'
import { withOutcome } from '../flow/with-outcome.ts'
import { outcomePage } from '../pages/outcome-page.tsx'
import { requireProvider } from '../provider/require-provider.ts'
import { type AuthorizationRequest, findRequestOfSession } from '../store/authorization-request.ts'
import { findConnectionOfAccount } from '../store/connection.ts'
import type { EndpointDeps } from './deps.ts'
import { SIGN_IN_LIMIT } from './sign-in-limit.ts'

/** `GET /connect/:provider/outcome/:id`: how a sign-in went wrong, and the way to try again. For its own browser only. */
export function outcomeRoute(server: FastifyInstance, deps: EndpointDeps): void {
  const config = limited(SIGN_IN_LIMIT)
  server.get<{ Params: { provider: string; id: string } }>(
    '/connect/:provider/outcome/:id',
    { config },
    async (request, reply) => {
      const provider = requireProvider(deps.registry, request.params.provider)
      const { definition } = provider
      const { caller } = request
      const past =
        caller && isId(request.params.id)
          ? await findRequestOfSession(deps.tables, {
              id: request.params.id,
              sessionId: caller.sessionId,
              provider: definition.id,
            })
          : undefined
      if (!past) throw problem('callback_unknown', 'This sign-in is long over, or was another browser’s. Start again.')
      if (past.outcome === 'connected' || past.outcome === 'signed_in') return reply.redirect(past.returnTo, 303)
      if (past.outcome === 'denied') return reply.redirect(withOutcome(past.deniedTo, 'denied', definition.id), 303)
      const code = isProblemCode(past.outcome) ? past.outcome : 'callback_used'
      const { status, title } = CONNECTION_PROBLEMS[code]
      const shown = outcomePage({
        page: deps.pages.context(request, reply),
        provider: { id: definition.id, name: definition.name, redirectUri: past.redirectUri },
        code,
        title: title.replace('The provider', definition.name).replace('the provider', definition.name),
        ...(await beginAgain(deps, past)),
        back: past.deniedTo,
      })
      return deps.pages.send(reply, shown, { status, leavesSite: true })
    },
  )
}

function isProblemCode(text: string | null): text is ConnectionProblemCode {
  return text !== null && Object.hasOwn(CONNECTION_PROBLEMS, text)
}

/** The form that begins the same sign-in again, with everything kept. */
async function beginAgain(deps: EndpointDeps, past: AuthorizationRequest) {
  const { purpose, provider, returnTo, deniedTo } = past
  if (purpose === 'link') return { purpose, action: `/account/identities/${provider}`, hidden: {} }
  if (purpose === 'login') {
    const { searchParams } = new URL(deniedTo, deps.config.publicUrl)
    return { purpose, action: `/login/${provider}`, hidden: Object.fromEntries(searchParams) }
  }
  const hidden = { scopes: past.requestedScopes.join(' '), return_to: returnTo, denied_to: deniedTo }
  return { purpose, action: `/connect/${provider}`, hidden: { ...hidden, ...(await expectedConnection(deps, past)) } }
}

async function expectedConnection(deps: EndpointDeps, past: AuthorizationRequest): Promise<{ connection?: string }> {
  if (past.expectedAccountId === null) return {}
  const row = await findConnectionOfAccount(deps.tables, { ...past, accountId: past.expectedAccountId })
  return row ? { connection: row.id } : {}
}
