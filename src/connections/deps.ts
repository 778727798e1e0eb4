import type { Accounts } from '#accounts'
import type { Clock, Log } from '#base'
import type { Config } from '#config'
import type { Envelope } from '#crypto'
import type { Database } from '#database'
import type { Csrf } from '#http'
import type { Outbound } from '#outbound'
import type { Pages } from '#ui'
import type { ConnectionNeed } from './connections.ts'

/** A profile picture, fetched and checked by the room that does that; undefined when there is none to show. */
export type FetchPicture = (
  url: string,
  hosts: readonly string[],
) => Promise<{ readonly type: string; readonly bytes: Uint8Array } | undefined>

/** What the room needs of others. */
export type ConnectionsDeps = {
  readonly database: Database
  readonly envelope: Envelope
  readonly outbound: Outbound
  readonly config: Pick<Config, 'providers' | 'publicUrl'>
  /** Of this server, for providers that want to know who calls. */
  readonly version: string
  readonly accounts: Pick<Accounts, 'confirmFirst' | 'ensureOwner' | 'identities'>
  readonly csrf: Csrf
  readonly pages: Pages
  readonly log: Log
  readonly clock?: Clock
  /** 0 to 1. */
  readonly random?: () => number
  /** Called after an account was connected, so that what waits for it goes on. */
  readonly onUsable: (ownerId: string, connectionId: string) => Promise<void>
  /** What mash-ups and the administrator declare; `/connect/:provider` takes no other scopes. */
  readonly declaredScopes: () => readonly ConnectionNeed[]
  readonly picture?: FetchPicture
}
