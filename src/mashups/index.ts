import type { FastifyInstance } from 'fastify'
import type { Mashup } from '#runs'
import avatars from './avatars/avatars.ts'
import { avatarRoutes } from './avatars/routes.ts'
import cats from './cats/cats.ts'
import { thumbnailRoute } from './cats/thumbnail.ts'
import { homeRoute } from './home/home.ts'

export { type BrokenMashup, loadOwnMashups, type OwnMashups } from './outside/own-mashups.ts'
export { isReserved } from './outside/reserved.ts'

/** The mash-ups that ship with Trivet, in the order of their cards. */
export const MASHUPS: readonly Mashup[] = [cats, avatars]

/** The first page, and what single mash-ups serve beside their form and runs. */
export function mashupRoutes(
  server: FastifyInstance,
  deps: Parameters<typeof homeRoute>[1] & Parameters<typeof thumbnailRoute>[1] & Parameters<typeof avatarRoutes>[1],
): void {
  homeRoute(server, deps)
  thumbnailRoute(server, deps)
  avatarRoutes(server, deps)
}
