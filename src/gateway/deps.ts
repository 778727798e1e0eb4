import type { Accounts } from '#accounts'
import type { Authorization, GatewayClient } from '#authorization'
import type { Clock, Log } from '#base'
import type { Envelope, Signer } from '#crypto'
import type { Peers } from '#http'
import type { Forwarder, Outbound } from '#outbound'
import type { Measured } from './measured.ts'

/** What the room needs of others. */
export type GatewayDeps = {
  readonly settings: {
    readonly publicUrl: string
    /** That this process listens on: no upstream of a route. */
    readonly port?: number
    /** trivet.yaml; it need not be there. */
    readonly file: string
  }
  readonly tokens: Pick<Authorization['tokens'], 'verifyAccessToken' | 'clientOf'>
  readonly accounts: Pick<
    Accounts,
    'loginToken' | 'userByPublicId' | 'noteUse' | 'callerOfSession' | 'liveSessions' | 'endSession'
  >
  /** The gateway as a client of the authorization server, for sessions on other hosts. */
  readonly client: GatewayClient
  /** Of keys that tell upstreams who calls, and sign nothing else. */
  readonly identitySigner: Pick<Signer, 'sign' | 'jwks'>
  /** Seals the cookies of those sessions. */
  readonly envelope: Envelope
  /** To the keys of other issuers. */
  readonly outbound: Pick<Outbound, 'send'>
  readonly forwarder: Forwarder
  readonly peers: Peers
  readonly isOwnCookie: (name: string) => boolean
  /** First segments of the addresses of all other rooms, such as `login`. Asked at each reading of the file. */
  readonly ownSegments: () => ReadonlySet<string>
  /** Told of every request, once it is over. */
  readonly measure?: ((request: Measured) => void) | undefined
  readonly clock: Clock
  readonly log: Log
}
