import type { FastifyInstance } from 'fastify'
import type { Actions } from '../actions/actions.ts'
import {
  changeClient,
  clientToWire,
  deleteClient,
  listClients,
  metadataToWire,
  readClient,
  registerClient,
} from '../contracts/clients.ts'
import { pageOf } from '../contracts/paging.ts'
import type { ConsoleDeps } from '../deps.ts'
import { adminEndpoint } from './admin-endpoint.ts'

/** `/api/admin/clients…` */
export function clientApi(server: FastifyInstance, deps: ConsoleDeps, { clients }: Actions): void {
  adminEndpoint(server, deps, listClients, async ({ query: { limit, ...asked } }) => {
    const found = await deps.clients.page({ ...asked, most: limit + 1 })
    const { shown, next } = pageOf(found, limit, ({ client }) => client.id)
    return { clients: shown.map(clientToWire), next }
  })

  adminEndpoint(server, deps, registerClient, async ({ administrator, body }) => {
    const { client, secret, registrationToken } = await clients.register(administrator, body)
    return {
      client_id: client.id,
      ...(secret === undefined ? {} : { client_secret: secret }),
      registration_access_token: registrationToken,
      registration_client_uri: `${deps.publicUrl}/client/${client.id}`,
      metadata: metadataToWire(client.metadata),
    }
  })

  adminEndpoint(server, deps, readClient, async ({ params }) => {
    const entry = await clients.find(params.id)
    const { ownerId } = entry.client
    const owner = ownerId === null ? undefined : await deps.accounts.administration.owner(ownerId)
    return { client: clientToWire(entry), owner: owner ? { id: owner.id, username: owner.username } : null }
  })

  adminEndpoint(server, deps, changeClient, async ({ administrator, params, body }) => {
    const state = { isVerified: body.is_verified, isDisabled: body.is_disabled }
    const seenAt = body.updated_at === undefined ? undefined : new Date(body.updated_at)
    return clientToWire(await clients.setState(administrator, params.id, state, seenAt))
  })

  adminEndpoint(server, deps, deleteClient, async ({ administrator, params }) => {
    await clients.remove(administrator, params.id)
  })
}
