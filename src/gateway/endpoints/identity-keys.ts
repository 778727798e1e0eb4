import type { FastifyInstance } from 'fastify'
import type { EndpointDeps } from './deps.ts'

/** Much less than new keys are published before they sign (`KEY_TIMING.publishedBeforehand`). */
const SECONDS = 600

/** `GET /gateway/jwks` (RFC 7517 §5): public keys for services behind routes with `identity_headers: jwt`. */
export function identityKeysEndpoint(server: FastifyInstance, { identityKeys }: EndpointDeps): void {
  server.get('/gateway/jwks', async (_request, reply) =>
    reply
      .header('access-control-allow-origin', '*')
      .header('cache-control', `public, max-age=${SECONDS}`)
      .type('application/jwk-set+json')
      .send(JSON.stringify(identityKeys())),
  )
}
