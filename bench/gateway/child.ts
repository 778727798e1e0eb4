/** What a server of its own process is told: where to listen, and what it stands in front of. */
export type Child = {
  readonly port: number
  /** `http://127.0.0.1:<port>`; the upstream itself has none. */
  readonly upstream: string
}

/** The servers that this program is started again as. */
export const PEERS = ['upstream', 'relay', 'fastify'] as const
export type Peer = (typeof PEERS)[number]
