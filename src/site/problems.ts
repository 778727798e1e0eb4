import type { FastifyInstance } from 'fastify'
import type { ProblemTypes } from '#http'
import type { Pages } from '#ui'
import { ProblemPage, ProblemsPage } from './problem-page.tsx'

/** `GET /problems`, `GET /problems/:code`: what the `type` of an error leads to (RFC 9457 §3.1.1). */
export function problemRoutes(server: FastifyInstance, deps: { catalogue: ProblemTypes; pages: Pages }): void {
  const { catalogue, pages } = deps
  server.get('/problems', async (request, reply) =>
    pages.send(reply, ProblemsPage({ page: pages.context(request, reply), catalogue })),
  )
  server.get<{ Params: { code: string } }>('/problems/:code', async (request, reply) => {
    const { code } = request.params
    const type = Object.hasOwn(catalogue, code) ? catalogue[code] : undefined
    if (!type) return reply.callNotFound()
    return pages.send(reply, ProblemPage({ page: pages.context(request, reply), code, type }))
  })
}
