import type { Accounts } from '#accounts'
import type { Clock } from '#base'
import type { Connections } from '#connections'
import type { Csrf } from '#http'
import type { Storage } from '#storage'
import type { Pages } from '#ui'
import type { Mashup } from '../definition/mashup.ts'
import type { Source } from '../pages/sources.tsx'
import type { Runs } from '../runs.ts'

/** What the endpoints of this room need; each takes what it uses. */
export type EndpointDeps = {
  readonly runs: Runs
  readonly mashups: readonly Mashup[]
  readonly services: (name: string) => unknown
  /** Who answers for a service; nothing for those that are ours alone. */
  readonly serviceSource: (name: string) => Source | undefined
  readonly accounts: Pick<Accounts, 'ensureOwner'>
  readonly connections: Pick<Connections, 'begin' | 'list'>
  readonly storage: Pick<Storage, 'open'>
  readonly csrf: Csrf
  readonly pages: Pages
  readonly clock: Clock
  readonly publicUrl: string
}
