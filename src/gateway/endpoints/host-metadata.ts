import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Peers } from '#http'
import { METADATA_PATH, resourceMetadata } from '../routes/metadata.ts'
import type { RouteTable } from '../routes/route-table.ts'

/**
 * `GET /.well-known/oauth-protected-resource[/path]` (RFC 9728 §3) of routes on other hosts. They stand there, below the
 * host of the resource, and there is no router for those hosts: whoever stands in front hands the question on.
 */
export function createHostMetadata(deps: {
  readonly issuer: string
  readonly ownHost: string
  readonly table: () => RouteTable
  readonly peers: Peers
}) {
  /** Of what is asked for; null: nothing that has any. Undefined: another question. */
  function find(request: IncomingMessage): Readonly<Record<string, unknown>> | null | undefined {
    const [path = ''] = (request.url ?? '').split('?', 1)
    if (path !== METADATA_PATH && !path.startsWith(`${METADATA_PATH}/`)) return undefined
    const host = deps.peers.host(request)
    if (host === deps.ownHost || !deps.table().hasHost(host)) return undefined
    const place = { host, path: path.slice(METADATA_PATH.length) }
    return resourceMetadata(deps.table().routes, place, deps.issuer) ?? null
  }

  return {
    /** @returns whether it answers */
    request(request: IncomingMessage, response: ServerResponse): boolean {
      const found = find(request)
      if (found === undefined) return false
      // RFC 9700 §2.6: metadata are for everybody, from any page.
      const headers = { 'access-control-allow-origin': '*', 'x-content-type-options': 'nosniff' }
      if (found === null || !/^(?:GET|HEAD)$/.test(request.method ?? '')) {
        response.writeHead(found === null ? 404 : 405, { ...headers, allow: 'GET' }).end()
        return true
      }
      response.writeHead(200, {
        ...headers,
        ...{ 'content-type': 'application/json', 'cache-control': 'public, max-age=60' },
      })
      response.end(JSON.stringify(found))
      return true
    },
  }
}
