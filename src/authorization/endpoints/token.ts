import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type ResourceRules, readResource } from '../checks/check-resource.ts'
import type { Client } from '../clients/client.ts'
import type { TokenAnswer, TokenRequest } from '../grants/grant-type.ts'
import { readParameters, readResources, requireForm } from '../parameters.ts'
import { oauthEndpoint } from './oauth-endpoint.ts'

/** `POST /token` (RFC 6749 §3.2): who the client is, then the grant that it names. Queries count for nothing. */
export function tokenRoute(
  server: FastifyInstance,
  deps: {
    readonly rules: ResourceRules
    /** @throws OAuthError `invalid_client` */
    readonly authenticateClient: (request: FastifyRequest) => Promise<{ readonly client: Client }>
    readonly grants: { redeem(request: TokenRequest): Promise<TokenAnswer> }
  },
): void {
  oauthEndpoint(server, {
    path: '/token',
    methods: ['POST'],
    cors: true,
    async handle(request, reply) {
      const form = requireForm(request)
      const params = readParameters(form)
      const { client } = await deps.authenticateClient(request)
      const resources = readResource(readResources(form), client, deps.rules)
      const answer = await deps.grants.redeem({ client, params, resources })
      // RFC 6749 §5.1.
      return reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' }).send(answer)
    },
  })
}
