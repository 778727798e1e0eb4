/** A client that came, changed or went, for the audit log; what administrators do by command or console they note themselves. */
export type ClientChange = {
  readonly action: 'client.registered' | 'client.changed' | 'client.deleted'
  readonly clientId: string
  /** The user who is signed in, the client by its registration token or its document, or nobody who is known. */
  readonly by: { readonly ownerId: string } | 'client' | 'nobody'
  readonly address: string
  readonly details: Readonly<Record<string, string>>
}

export type RecordChange = (change: ClientChange) => Promise<void>
