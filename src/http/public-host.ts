import type { FastifyInstance } from 'fastify'
import { problem } from './errors.ts'

/**
 * One name only: cookies, redirect URIs and `Origin` checks all rest on the public URL. A visit under another name is
 * sent there; anything else under another name is refused (421, RFC 9110 §15.5.20), which also stops DNS rebinding.
 * Health checks ask by address and are left alone.
 */
export function requirePublicHost(server: FastifyInstance, publicUrl: string): void {
  const { host: expected, port, protocol } = new URL(publicUrl)
  // The default port may be written out (RFC 9110 §4.2.3), as some proxies do.
  const names = port === '' ? [expected, `${expected}:${protocol === 'https:' ? 443 : 80}`] : [expected]
  server.addHook('onRequest', async (request, reply) => {
    if (names.includes(request.host.toLowerCase()) || request.url === '/healthz' || request.url === '/readyz') return
    if (/^(GET|HEAD)$/.test(request.method) && isPagePath(request.url)) {
      return reply.redirect(`${publicUrl}${request.url}`, 302)
    }
    throw problem('wrong_host', `This server answers as ${expected}, as TRIVET_PUBLIC_URL says.`)
  })
}

/** Not `http://…` or `@…`, which a request line may hold as well (RFC 9112 §3.2): appended to an origin they change it. */
function isPagePath(url: string): boolean {
  return /^\/(?!\/)/.test(url) && !url.startsWith('/api/')
}
