import type { TablesOf } from '#database'

/** What is written in the transaction of a change: both count, or neither does. */
export type ChangeNote = (transaction: TablesOf) => Promise<void>

/** A client that came, changed or went, for the audit log. */
export type ClientChange = {
  readonly action: 'client.registered' | 'client.changed' | 'client.deleted'
  readonly clientId: string
  readonly details: Readonly<Record<string, string>>
}

/** Who changes one by a door of this room; administrators have their own. */
export type ClientActor = {
  /** The user who is signed in, the client by its registration token or its document, or nobody who is known. */
  readonly by: { readonly ownerId: string } | 'client' | 'nobody'
  readonly address: string
}

/** Who it is, is looked up beforehand: within a transaction nothing waits for another connection. */
export type RecordChange = (who: ClientActor) => Promise<(change: ClientChange) => ChangeNote>
