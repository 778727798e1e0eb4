import type { FastifyInstance } from 'fastify'
import { problem } from './errors.ts'

/** The path of the public URL, under which everything is: rooms know addresses without it. */
export type BasePath = {
  /** `/auth`, or empty. */
  readonly prefix: string
  /** The path as browsers see it; what is no path (`https://…`, `#main`) stays as it is. */
  href(path: string): string
  /** The request target as rooms know it: without the base path, or `OUTSIDE`. */
  strip(url: string): string
}

/** In the place of every request target outside the base path; no room has such an address. */
const OUTSIDE = '/.outside'
/** Asked for by address, of whatever stands before us. */
const HEALTH = /^\/(healthz|readyz|metrics)$/
const WELL_KNOWN = /^(\/\.well-known\/[^/?#]+)(\/.*)$/s

/** Of `TRIVET_PUBLIC_URL`; without a path in it, nothing is changed in either direction. */
export function createBasePath(publicUrl: string): BasePath {
  const prefix = new URL(publicUrl).pathname.replace(/\/$/, '')
  if (prefix === '') return { prefix, href: (path) => path, strip: (url) => url }
  return {
    prefix,
    href: (path) => (path.startsWith('/') ? `${prefix}${path}` : path),
    strip(url) {
      if (HEALTH.test(url)) return url
      // Of an issuer or a resource with a path, the path stands behind the name as well (RFC 8414 §3.1, RFC 9728 §3.1).
      const [, name = '', path = ''] = WELL_KNOWN.exec(url) ?? []
      const rest = below(prefix, path)
      return rest === undefined ? (below(prefix, url) ?? OUTSIDE) : `${name}${rest.replace(/^\/(?=\?|$)/, '')}`
    },
  }
}

/** What follows the prefix, as a request target of its own. */
function below(prefix: string, url: string): string | undefined {
  if (!url.startsWith(prefix)) return undefined
  const rest = url.slice(prefix.length)
  if (rest === '' || rest.startsWith('?')) return `/${rest}`
  return rest.startsWith('/') ? rest : undefined
}

/**
 * The one place where the base path is put before a redirect of ours: rooms redirect to paths as they know them, and
 * to whole addresses. What is asked for outside of it is not here, but for the very first page, which leads to ours.
 */
export function serveBelow(server: FastifyInstance, basePath: BasePath, publicUrl: string): void {
  if (basePath.prefix === '') return
  server.addHook('onRequest', async (request, reply) => {
    if (request.url !== OUTSIDE) return
    if (/^(GET|HEAD)$/.test(request.method) && /^\/(\?|$)/.test(request.originalUrl)) {
      return reply.redirect(`${publicUrl}/`, 302)
    }
    throw problem(
      'not_found',
      `Everything here is below ${publicUrl}/. A proxy in front has to pass paths on as they are.`,
    )
  })
  server.addHook('onSend', async (_request, reply) => {
    const location = reply.getHeader('location')
    if (typeof location === 'string') reply.header('location', basePath.href(location))
  })
}
