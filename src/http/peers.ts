import type { IncomingMessage } from 'node:http'
import proxyAddr from '@fastify/proxy-addr'

/** Who is at the other end of a request that no Fastify has seen: the same rules as `request.ip`, `host`, `protocol`. */
export type Peers = {
  /** Of the caller; what proxies say counts only where they are trusted (`TRIVET_TRUSTED_PROXIES`). */
  address(request: IncomingMessage): string
  /** Lower case; empty for a request that names none. */
  host(request: IncomingMessage): string
  protocol(request: IncomingMessage): 'http' | 'https'
  /** Whether the connection itself comes from a proxy that is trusted. */
  isTrusted(request: IncomingMessage): boolean
}

export function createPeers(trustedProxies: readonly string[]): Peers {
  const trust = proxyAddr.compile([...trustedProxies])
  /** Who is at the other end of a connection stays there: to look once is enough. */
  const known = new WeakMap<IncomingMessage['socket'], boolean>()
  const isTrusted = ({ socket }: IncomingMessage) => {
    const before = known.get(socket)
    if (before !== undefined) return before
    const isOne = trust(socket.remoteAddress ?? '', 0)
    known.set(socket, isOne)
    return isOne
  }
  /** The proxy next to us wrote the last one, or the only one. */
  const said = (request: IncomingMessage, name: string) => {
    const value = request.headers[name]
    if (value === undefined || !isTrusted(request)) return undefined
    return [value].flat().join(',').split(',').at(-1)?.trim() || undefined
  }
  return {
    isTrusted,
    address(request) {
      if (request.headers['x-forwarded-for'] === undefined) return request.socket.remoteAddress ?? ''
      return proxyAddr(request, trust)
    },
    host: (request) => (said(request, 'x-forwarded-host') ?? request.headers.host ?? '').toLowerCase(),
    protocol(request) {
      const scheme = said(request, 'x-forwarded-proto')
      if (scheme === 'https' || scheme === 'http') return scheme
      return 'encrypted' in request.socket && request.socket.encrypted === true ? 'https' : 'http'
    },
  }
}
