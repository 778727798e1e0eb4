import type { Readable } from 'node:stream'
import type { AccountHandle } from '#connections'
import type { FileRef } from '#storage'

/** What a client may need beside the account: the bytes of files that the run owns. */
export type ClientTools = {
  openFile(file: FileRef): Readable
  /** Keeps a secret that belongs to a step of this run, sealed: the session address of a resumable upload. */
  readonly secrets: {
    load(name: string): Promise<string | undefined>
    save(name: string, value: string): Promise<void>
  }
}

/** An account that a mash-up needs, and how its typed client is made. Shipped by `apis`, one per service. */
export type Connector<Client> = {
  readonly provider: string
  /** Scopes by the short names of the provider. */
  readonly scopes: readonly string[]
  /** For the person, after "to": "save one picture in your Drive". */
  readonly why: string
  client(account: AccountHandle, tools: ClientTools): Client
}
