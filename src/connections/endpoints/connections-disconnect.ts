import type { FastifyInstance } from 'fastify'
import { isId } from '#base'
import { disconnect } from '../disconnect.ts'
import { problem } from '../errors.ts'
import { findConnection } from '../store/connection.ts'
import type { EndpointDeps } from './deps.ts'

/** `POST /connections/:id/disconnect`: ends a connection of one's own, and says what that meant at the provider. */
export function disconnectRoute(server: FastifyInstance, deps: EndpointDeps): void {
  server.post<{ Params: { id: string } }>('/connections/:id/disconnect', async (request, reply) => {
    deps.csrf.require(request)
    const { caller } = request
    const { id } = request.params
    const key = caller && isId(id) ? { id, ownerId: caller.ownerId } : undefined
    const row = key && (await findConnection(deps.tables, key))
    const provider = row && deps.registry.find(row.provider)
    const upstream = key && provider && (await disconnect(deps, provider, key))
    // Of somebody else, or none at all: the same answer.
    if (!provider || !upstream) throw problem('connection_not_found', 'It may have been disconnected already.')
    const query = new URLSearchParams({ notice: 'disconnected', provider: provider.definition.id, upstream })
    return reply.redirect(`/connections?${query}`, 303)
  })
}
