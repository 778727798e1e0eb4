import type { FastifyInstance } from 'fastify'

/**
 * `GET /healthz`: the process answers. `GET /readyz`: it can work, too: 503 while the database is away, and from the
 * moment on in which the process was asked to stop.
 */
export function healthRoutes(
  server: FastifyInstance,
  deps: { readonly ready: () => Promise<boolean>; readonly isLeaving: () => boolean },
): void {
  server.get('/healthz', async () => ({ status: 'ok' }))
  server.get('/readyz', async (_request, reply) => {
    if (deps.isLeaving()) return reply.code(503).send({ status: 'stopping' })
    const ready = await deps.ready()
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'database_unreachable' })
  })
}
