import type { FastifyInstance, FastifyRequest } from 'fastify'
import { problem } from './errors.ts'

/**
 * One name only: cookies, redirect URIs and `Origin` checks all rest on the public URL. A visit under another name, or
 * in the clear where the public URL is https, is sent there; anything else of that kind is refused (421, RFC 9110
 * §15.5.20), which also stops DNS rebinding. Health checks and collectors of metrics ask by address and are left alone.
 */
export function requirePublicHost(server: FastifyInstance, publicUrl: string): void {
  const { host: expected, port, protocol, origin } = new URL(publicUrl)
  // The default port may be written out (RFC 9110 §4.2.3), as some proxies do.
  const names = port === '' ? [expected, `${expected}:${protocol === 'https:' ? 443 : 80}`] : [expected]
  server.addHook('onRequest', (request, reply, done) => {
    if (/^\/(healthz|readyz|metrics)$/.test(request.url)) return done()
    const isExposed = protocol === 'https:' && cameInTheClear(request)
    if (names.includes(request.host.toLowerCase()) && !isExposed) return done()
    if (/^(GET|HEAD)$/.test(request.method) && isPagePath(request.url)) {
      reply.redirect(`${publicUrl}${request.url}`, 302)
      return
    }
    done(problem('wrong_host', `This server answers at ${origin} only, as TRIVET_PUBLIC_URL says.`))
  })
}

/**
 * A proxy says that the visitor does not speak TLS to it. That is believed of everybody: it only ever sends them to
 * https, and `https` is never needed as a word. Of several, the proxy next to us wrote the last one.
 */
function cameInTheClear(request: FastifyRequest): boolean {
  const said = String(request.headers['x-forwarded-proto'] ?? '').split(',')
  return said.at(-1)?.trim().toLowerCase() === 'http'
}

/** Not `http://…` or `@…`, which a request line may hold as well (RFC 9112 §3.2): appended to an origin they change it. */
function isPagePath(url: string): boolean {
  return /^\/(?!\/)/.test(url) && !url.startsWith('/api/')
}
