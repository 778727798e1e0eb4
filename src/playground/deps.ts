import type { Clock } from '#base'
import type { Envelope } from '#crypto'
import type { Database } from '#database'
import type { Cookies, Csrf } from '#http'
import type { Pages } from '#ui'

/** What the room needs of others. */
export type PlaygroundDeps = {
  readonly database: Database
  readonly envelope: Envelope
  readonly cookies: Pick<Cookies, 'playground' | 'session'>
  readonly csrf: Csrf
  readonly pages: Pages
  readonly clock: Clock
  /** The issuer, without a slash at its end. */
  readonly publicUrl: string
}
