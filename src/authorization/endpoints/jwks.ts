import type { FastifyInstance } from 'fastify'
import type { Signer } from '#crypto'
import { oauthEndpoint } from './oauth-endpoint.ts'

/** Much less than new keys are published before they sign (`KEY_TIMING.publishedBeforehand`). */
export const JWKS_SECONDS = 600

/** `GET /jwks` (RFC 7517 §5): public keys for tokens of this server. */
export function jwksEndpoint(server: FastifyInstance, deps: { readonly signer: Pick<Signer, 'jwks'> }): void {
  oauthEndpoint(server, {
    path: '/jwks',
    methods: ['GET'],
    cors: true,
    handle: async (_request, reply) =>
      reply
        .header('cache-control', `public, max-age=${JWKS_SECONDS}`)
        .type('application/jwk-set+json')
        .send(JSON.stringify(deps.signer.jwks())),
  })
}
