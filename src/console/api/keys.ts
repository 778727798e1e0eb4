import type { FastifyInstance } from 'fastify'
import type { Actions } from '../actions/actions.ts'
import { keyToWire, listKeys, rotateKey } from '../contracts/keys.ts'
import type { ConsoleDeps } from '../deps.ts'
import { adminEndpoint } from './admin-endpoint.ts'

/** `/api/admin/keys…` */
export function keyApi(server: FastifyInstance, deps: ConsoleDeps, { keys }: Actions): void {
  const listed = () => keys.list().map(keyToWire)

  adminEndpoint(server, deps, listKeys, async () => ({ keys: listed() }))

  adminEndpoint(server, deps, rotateKey, async ({ administrator, body }) => {
    if (body.now) {
      await keys.replace(administrator, body.alg)
      return { rotated: true, keys: listed() }
    }
    const rotated = await keys.rotate(administrator, body.alg)
    return { rotated, keys: listed() }
  })
}
