import type { FastifyInstance } from 'fastify'
import { isId } from '#base'
import { formFields, limited, parseReturnPath } from '#http'
import { problem } from '../errors.ts'
import { connectPage } from '../pages/connect-page.tsx'
import { requireDeclared } from '../provider/declared.ts'
import type { Provider } from '../provider/provider.ts'
import { requireProvider, requireSetUp } from '../provider/require-provider.ts'
import { describeScope, requestedScopes } from '../provider/scopes.ts'
import type { EndpointDeps } from './deps.ts'
import { SIGN_IN_LIMIT } from './sign-in-limit.ts'

type Params = { Params: { provider: string } }

/** What a form or a link may say about connecting an account. */
type Wish = {
  readonly scopes: readonly string[]
  readonly returnTo: string
  readonly deniedTo: string
  readonly connectionId: string | undefined
  readonly chooseAccount: boolean
}

/**
 * `GET /connect/:provider` shows what is asked for, and a button; nothing begins by following a link (a page elsewhere
 * could hold it). `POST` begins.
 */
export function connectRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const config = limited(SIGN_IN_LIMIT)
  server.get<Params>('/connect/:provider', { config }, async (request, reply) => {
    const provider = requireProvider(deps.registry, request.params.provider)
    requireSetUp(provider)
    const wish = readWish(deps, provider, request.query)
    const { definition, source } = provider
    const hidden = {
      scopes: wish.scopes.join(' '),
      return_to: wish.returnTo,
      denied_to: wish.deniedTo,
      ...(wish.connectionId === undefined ? {} : { connection: wish.connectionId }),
      ...(wish.chooseAccount ? { choose_account: 'yes' } : {}),
    }
    const says = requestedScopes(definition, wish.scopes).map((scope) => describeScope(definition, scope))
    const page = deps.pages.context(request, reply)
    return deps.pages.send(reply, connectPage({ page, provider: { ...definition, source }, says, hidden }), {
      leavesSite: true,
    })
  })

  server.post<Params>('/connect/:provider', { config }, async (request, reply) => {
    const provider = requireProvider(deps.registry, request.params.provider)
    requireSetUp(provider)
    deps.csrf.require(request)
    const { scopes, ...wish } = readWish(deps, provider, request.body)
    const caller = await deps.accounts.ensureOwner(request, reply)
    const need = { provider: provider.definition.id, scopes }
    return reply.redirect(await deps.connections.begin({ caller, need, ...wish }), 303)
  })
}

/** Where the denied go when nothing says so: where they would have gone otherwise. */
function readWish(deps: EndpointDeps, provider: Provider, input: unknown): Wish {
  const fields = formFields(input)
  const returnTo = readPath(deps, fields['return_to'] ?? '/connections')
  const { connection } = fields
  if (connection !== undefined && !isId(connection)) {
    throw problem('connection_not_found', 'The page of connections shows what is there.')
  }
  return {
    scopes: requireDeclared(provider, deps.declaredScopes(), fields['scopes'] ?? ''),
    returnTo,
    deniedTo: fields['denied_to'] === undefined ? returnTo : readPath(deps, fields['denied_to']),
    connectionId: connection,
    chooseAccount: fields['choose_account'] === 'yes',
  }
}

function readPath(deps: EndpointDeps, text: string): string {
  const path = parseReturnPath(text, deps.config.publicUrl)
  if (path !== undefined) return path
  throw problem('bad_return_path', 'Start again from a page of this server.')
}
