import type { FastifyInstance } from 'fastify'
import { formFields, parseReturnPath } from '#http'
import type { ConnectionView } from '../connection-view.ts'
import type { ConnectionsNotice } from '../pages/connections-notice.tsx'
import { type ConnectionCard, connectionsPage } from '../pages/connections-page.tsx'
import { declaredScopes } from '../provider/declared.ts'
import { describeScope, requestedScopes } from '../provider/scopes.ts'
import type { EndpointDeps } from './deps.ts'

/** `GET /connections`: the accounts that are connected, what each may be used for, and the way to end that. */
export function connectionsRoute(server: FastifyInstance, deps: EndpointDeps): void {
  server.get('/connections', async (request, reply) => {
    const { caller } = request
    const connections = caller ? await deps.connections.list(caller.ownerId) : []
    const shown = connectionsPage({
      page: deps.pages.context(request, reply),
      cards: connections.flatMap((connection) => cardOf(deps, connection)),
      providers: deps.connections.providers,
      notice: readNotice(deps, formFields(request.query), connections),
    })
    return deps.pages.send(reply, shown, { leavesSite: true })
  })
}

function cardOf(deps: EndpointDeps, connection: ConnectionView): ConnectionCard[] {
  const provider = deps.registry.find(connection.provider)
  if (!provider) return []
  const { definition } = provider
  const declared = declaredScopes(provider, deps.declaredScopes())
  const wanted = requestedScopes(definition, [...connection.grantedScopes, ...connection.missingScopes])
  const describe = (scopes: readonly string[]) => scopes.map((scope) => describeScope(definition, scope))
  return [
    {
      connection,
      may: describe(connection.grantedScopes),
      mayNot: describe(connection.missingScopes),
      // A mash-up that is gone may have asked for more; nothing would take that now.
      scopes: wanted.filter((scope) => declared.includes(scope)).join(' '),
    },
  ]
}

/** From the query only codes, ids and a checked path are taken: nobody writes on this page by a link. */
function readNotice(
  deps: EndpointDeps,
  query: Readonly<Record<string, string>>,
  connections: readonly ConnectionView[],
): ConnectionsNotice | undefined {
  const provider = deps.registry.find(query['provider'] ?? '')?.definition
  const { notice, connect, upstream } = query
  if (provider && (connect === 'denied' || connect === 'expired')) return { kind: connect, providerName: provider.name }
  if (provider && notice === 'disconnected') {
    const kind = (['revoked', 'kept', 'kept_for_sign_in', 'failed'] as const).find((one) => one === upstream) ?? 'none'
    return { kind: 'disconnected', providerName: provider.name, upstream: kind, page: provider.revoke?.page }
  }
  const connection = connections.find(({ id }) => id === query['connection'])
  if (notice === 'other_account' && connection) {
    return { kind: 'other_account', connection, next: parseReturnPath(query['continue'], deps.config.publicUrl) }
  }
  return undefined
}
