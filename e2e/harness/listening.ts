import { once } from 'node:events'
import type { Server } from 'node:http'
import { afterAll, beforeAll } from 'vitest'

/** Has a server of this machine listen while the tests of a file run. */
export function useListening(server: Server): { readonly origin: string } {
  let origin = ''
  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('no port')
    origin = `http://127.0.0.1:${address.port}`
  })
  afterAll(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  return {
    get origin() {
      return origin
    },
  }
}
