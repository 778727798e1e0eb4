import type { FastifyInstance } from 'fastify'
import type { Route } from '../routes/route.ts'
import { resourceMetadataEndpoint } from './resource-metadata.ts'

/** What the endpoints share. */
export type EndpointDeps = { readonly issuer: string; readonly routes: () => readonly Route[] }

export function gatewayEndpoints(server: FastifyInstance, deps: EndpointDeps): void {
  resourceMetadataEndpoint(server, deps)
}
