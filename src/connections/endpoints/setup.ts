import type { FastifyInstance } from 'fastify'
import { setupPage } from '../pages/setup-page.tsx'
import { requireProvider } from '../provider/require-provider.ts'
import type { EndpointDeps } from './deps.ts'

/** `GET /setup/:provider`: how to get a client of one's own there, and how things stand. Shows no secret. */
export function setupRoute(server: FastifyInstance, deps: EndpointDeps): void {
  server.get<{ Params: { provider: string } }>('/setup/:provider', async (request, reply) => {
    const provider = requireProvider(deps.registry, request.params.provider)
    return deps.pages.send(reply, setupPage({ page: deps.pages.context(request, reply), provider }))
  })
}
