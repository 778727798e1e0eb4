import type { FastifyInstance } from 'fastify'
import { isId } from '#base'
import { isPictureType } from '#pictures'
import { problem } from '../errors.ts'
import { findConnection } from '../store/connection.ts'
import type { EndpointDeps } from './deps.ts'

/** `GET /connections/:id/picture`: the account's picture from our origin, so that the provider does not see who looks. */
export function pictureRoute(server: FastifyInstance, deps: EndpointDeps): void {
  server.get<{ Params: { id: string } }>('/connections/:id/picture', async (request, reply) => {
    const { caller } = request
    const { id } = request.params
    const row = caller && isId(id) ? await findConnection(deps.tables, { id, ownerId: caller.ownerId }) : undefined
    const provider = row && deps.registry.find(row.provider)
    const picture =
      row?.accountPicture && provider ? await deps.picture?.(row.accountPicture, provider.pictureHosts) : undefined
    if (!picture || !isPictureType(picture.type)) throw problem('connection_not_found', 'There is no picture here.')
    return reply
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header('cache-control', 'private, max-age=3600')
      .type(picture.type)
      .send(Buffer.from(picture.bytes))
  })
}
