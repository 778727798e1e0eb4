import type { FastifyInstance } from 'fastify'
import type { Belonging, Move, SignInProvider } from '#accounts'
import type { ProviderSource } from '#config'
import type { TablesOf } from '#database'
import type { Caller } from '#http'
import type { AccountHandle } from './account/account-handle.ts'
import type { ConnectionView } from './connection-view.ts'
import type { Usability } from './usability.ts'

/** Access that something needs: scopes by the provider's short or full names. */
export type ConnectionNeed = { readonly provider: string; readonly scopes: readonly string[] }

/** A provider as pages show it. */
export type ProviderView = {
  readonly id: string
  readonly name: string
  /** Where its answers come from: the real one, the sandbox, or nobody. */
  readonly source: ProviderSource
  /** What the scopes allow, each in plain words to go on from "Trivet may"; sign-in scopes, always asked for, included. */
  describe(scopes: readonly string[]): string[]
}

/** The vault of accounts elsewhere, as other rooms use it. */
export type Connections = {
  readonly providers: readonly ProviderView[]
  /**
   * Those that people may sign in with: with a client, and the sandbox only where its visitors are on this very machine,
   * because there anybody signs in as anybody (security §10.10).
   */
  readonly signInProviders: readonly SignInProvider[]
  /**
   * Whether a need is met. Of several accounts: the preferred one, else the last used one that is usable. Accounts of
   * another issuer (sandbox or real) do not count.
   */
  check(ownerId: string, need: ConnectionNeed, preferredConnectionId?: string): Promise<Usability>
  /**
   * Begins to connect an account. `returnTo` and `deniedTo` are paths on our origin; after a denial or when it took too
   * long, `?connect=denied|expired&provider=…` is added to the latter.
   *
   * @param connectionId connect this very account again.
   * @returns the address to send the browser to.
   * @throws Problem `provider_unknown`, `provider_not_set_up`, `connection_not_found`, `bad_return_path`
   */
  begin(input: {
    readonly caller: Caller
    readonly need: ConnectionNeed
    readonly returnTo: string
    readonly deniedTo: string
    readonly connectionId?: string | undefined
    readonly chooseAccount?: boolean | undefined
  }): Promise<string>
  /**
   * A handle on somebody's account. Nothing is read until the first call; a connection that is gone, dead or lacks a
   * scope fails there. `accountName` is the handle's name until then.
   */
  account(input: {
    readonly ownerId: string
    readonly connectionId: string
    readonly need: ConnectionNeed
    readonly accountName?: string | undefined
  }): AccountHandle
  /** The last used ones first, of configured issuers only. */
  list(ownerId: string): Promise<ConnectionView[]>
  /** Ends every connection of an owner who goes, at the providers too where nobody else lives on the same grant. */
  erase(ownerId: string): Promise<void>
  /** All connections of an owner, of issuers that are not configured as well, for who may take them along. */
  describe(tables: TablesOf, ownerId: string): Promise<readonly Belonging[]>
  /** Gives some to another owner, within a transaction. @returns false when one is being renewed */
  move(tables: TablesOf, move: Move): Promise<boolean>
  /** Deletes what is over: expired sign-ins, old records of renewals. Cheap, and harmless when done twice. */
  sweep(): Promise<void>
  /** Adds this room's endpoints; after `accounts.resolveCallers`. */
  routes(server: FastifyInstance): Promise<void>
}
