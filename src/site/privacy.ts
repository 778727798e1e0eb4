import type { FastifyInstance } from 'fastify'
import type { Pages } from '#ui'
import { PrivacyPage } from './privacy-page.tsx'

/** `GET /privacy`: what is asked, what is kept, for how long. */
export function privacyRoute(server: FastifyInstance, deps: { pages: Pages }): void {
  server.get('/privacy', async (request, reply) =>
    deps.pages.send(reply, PrivacyPage({ page: deps.pages.context(request, reply) })),
  )
}
