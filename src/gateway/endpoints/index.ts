import type { FastifyInstance } from 'fastify'
import type { EndpointDeps } from './deps.ts'
import { identityKeysEndpoint } from './identity-keys.ts'
import { resourceMetadataEndpoint } from './resource-metadata.ts'

export function gatewayEndpoints(server: FastifyInstance, deps: EndpointDeps): void {
  resourceMetadataEndpoint(server, deps)
  identityKeysEndpoint(server, deps)
}
