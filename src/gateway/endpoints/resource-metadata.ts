import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { problem } from '../errors.ts'
import { METADATA_PATH, resourceMetadata } from '../routes/metadata.ts'
import type { EndpointDeps } from './deps.ts'

/** `GET /.well-known/oauth-protected-resource[/path]` (RFC 9728 §3): for each route on the host of this server. */
export function resourceMetadataEndpoint(server: FastifyInstance, deps: EndpointDeps): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const path = new URL(request.url, 'http://localhost').pathname.slice(METADATA_PATH.length)
    const metadata = resourceMetadata(deps.routes(), { host: undefined, path }, deps.issuer)
    if (!metadata) throw problem('route_not_found', 'No route of the gateway has that path.')
    // RFC 9700 §2.6: metadata are for everybody, from any page.
    reply.header('access-control-allow-origin', '*').header('cache-control', 'public, max-age=60')
    return metadata
  }
  server.get(METADATA_PATH, answer)
  server.get(`${METADATA_PATH}/*`, answer)
}
