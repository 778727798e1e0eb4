import type { FastifyInstance } from 'fastify'

/** `GET /healthz`: the process answers. `GET /readyz`: it can work, too: 503 while the database is away. */
export function healthRoutes(server: FastifyInstance, deps: { ready: () => Promise<boolean> }): void {
  server.get('/healthz', async () => ({ status: 'ok' }))
  server.get('/readyz', async (_request, reply) => {
    const ready = await deps.ready()
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'database_unreachable' })
  })
}
