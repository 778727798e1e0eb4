import type { FastifyRequest } from 'fastify'

/** HTML to browsers, JSON to the rest: whoever names `text/html` in `Accept`, outside `/api/`, gets a page. */
export function prefersHtml(request: FastifyRequest): boolean {
  return !request.url.startsWith('/api/') && (request.headers.accept ?? '').includes('text/html')
}
