import type { FastifyInstance } from 'fastify'
import { problem } from './errors.ts'

/**
 * One name only: cookies, redirect URIs and `Origin` checks all rest on the public URL. A visit under another name is
 * sent there; anything else under another name is refused (421, RFC 9110 §15.5.20), which also stops DNS rebinding.
 * Health checks ask by address and are left alone.
 */
export function requirePublicHost(server: FastifyInstance, publicUrl: string): void {
  const expected = new URL(publicUrl).host
  server.addHook('onRequest', async (request, reply) => {
    if (request.host === expected || request.url === '/healthz' || request.url === '/readyz') return
    if (request.method === 'GET' && !request.url.startsWith('/api/') && !request.url.startsWith('//')) {
      return reply.redirect(`${publicUrl}${request.url}`, 302)
    }
    throw problem('wrong_host', `This server answers as ${expected}, as TRIVET_PUBLIC_URL says.`)
  })
}
