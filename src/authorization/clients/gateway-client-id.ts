import type { Client } from './client.ts'

/** Of the one client that nobody registered: the gateway of this server. */
export const GATEWAY_CLIENT = 'trivet-gateway'

/** Its callbacks are on the hosts of the routes as they are now, whatever was true when its row was made. */
export function withGatewayCallbacks(
  find: (id: string) => Promise<Client | undefined>,
  callbacks: () => readonly string[],
): (id: string) => Promise<Client | undefined> {
  return async (id) => {
    const client = await find(id)
    return client && id === GATEWAY_CLIENT ? { ...client, redirectUris: callbacks() } : client
  }
}
