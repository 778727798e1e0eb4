import type { Accounts } from '#accounts'
import type { Authorization } from '#authorization'
import type { Clock, Log } from '#base'
import type { Peers } from '#http'
import type { Forwarder } from '#outbound'

/** What the room needs of others. */
export type GatewayDeps = {
  readonly settings: {
    readonly publicUrl: string
    /** trivet.yaml; it need not be there. */
    readonly file: string
  }
  readonly tokens: Pick<Authorization['tokens'], 'verifyAccessToken'>
  readonly accounts: Pick<Accounts, 'loginToken' | 'userByPublicId'>
  readonly forwarder: Forwarder
  readonly peers: Peers
  readonly isOwnCookie: (name: string) => boolean
  /** First segments of the addresses of all other rooms, such as `login`. Asked at each reading of the file. */
  readonly ownSegments: () => ReadonlySet<string>
  readonly clock: Clock
  readonly log: Log
}
