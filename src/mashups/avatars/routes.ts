import type { FastifyInstance } from 'fastify'
import { previewRoutes } from './preview.ts'
import { sampleRoute } from './sample.ts'
import { showRoutes } from './show.ts'

type Deps = Parameters<typeof sampleRoute>[1] & Parameters<typeof previewRoutes>[1] & Parameters<typeof showRoutes>[1]

/** What this mash-up serves beside its form and its runs: the gallery, the preview, the result. */
export function avatarRoutes(server: FastifyInstance, deps: Deps): void {
  sampleRoute(server, deps)
  previewRoutes(server, deps)
  showRoutes(server, deps)
}
