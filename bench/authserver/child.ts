/** What a server of its own process is told. */
export type Child = {
  readonly port: number
  readonly client: Client
  /** For a PostgreSQL of its own; without it all is held in memory. */
  readonly directory?: string | undefined
}
export type Client = { readonly id: string; readonly secret: string }
