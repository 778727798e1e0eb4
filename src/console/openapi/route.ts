import type { FastifyInstance } from 'fastify'
import type { Contract } from '#http'
import { openApiDocument } from './document.ts'

/** `GET /openapi.json`: for everybody, and for pages of everybody, since it holds nothing of anybody. */
export function openApiRoute(
  server: FastifyInstance,
  deps: {
    readonly contracts: readonly Contract[]
    readonly publicUrl: string
    readonly version: string
    readonly sessionCookie: string
  },
): void {
  const document = JSON.stringify(openApiDocument(deps.contracts, deps), null, 2)
  server.get('/openapi.json', async (_request, reply) =>
    reply
      .type('application/json')
      .headers({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' })
      .send(document),
  )
}
