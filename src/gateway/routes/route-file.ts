import type { WrittenRoute } from './route-schema.ts'

/** What is wrong with a file, and where: lines begin with 1. */
export type FileProblem = { readonly line: number; readonly message: string }

/** What has to be known of this server to read a file of routes. */
export type RouteRules = {
  /** Of this server. */
  readonly publicUrl: string
  /** That this server listens on. */
  readonly port?: number | undefined
  /** First segments of the addresses that are Trivet's own, such as `login`. */
  readonly ownSegments: () => ReadonlySet<string>
}

/** The setting of a route that cannot be, and what to do about it. */
export type Wrong = { readonly wrong: keyof WrittenRoute; readonly why: string }
