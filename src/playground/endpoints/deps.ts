import type { PlaygroundDeps } from '../deps.ts'
import type { Visits } from '../visits/visits.ts'
import type { Sender } from '../wire/sender.ts'

/** What the addresses of the room share. */
export type EndpointDeps = Pick<PlaygroundDeps, 'clock' | 'cookies' | 'csrf' | 'pages' | 'publicUrl'> & {
  readonly visits: Visits
  readonly send: Sender
  /** Where the client of this page is called back. */
  readonly callback: string
}
