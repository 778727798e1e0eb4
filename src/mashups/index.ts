import type { FastifyInstance } from 'fastify'
import type { CatApi } from '#apis'
import type { Pictures } from '#pictures'
import type { Mashup, Runs } from '#runs'
import type { Pages } from '#ui'
import cats from './cats/cats.ts'
import { thumbnailRoute } from './cats/thumbnail.ts'
import { homeRoute } from './home/home.ts'

/** The mash-ups that ship with Trivet, in the order of their cards. */
export const MASHUPS: readonly Mashup[] = [cats]

/** The first page, and what single mash-ups serve beside their form and runs. */
export function mashupRoutes(
  server: FastifyInstance,
  deps: { runs: Runs; cats: CatApi; pictures: Pictures; pages: Pages; home: string },
): void {
  homeRoute(server, { ...deps, mashups: MASHUPS })
  thumbnailRoute(server, deps)
}
