import type { TablesOf } from '#database'

/**
 * A room that keeps things of owners. Filled by `app/rooms.ts`, in the order in which things are erased: first what uses
 * others. They are moved the other way round.
 */
export type Owned = {
  /** Removes everything of this owner. May be repeated. */
  erase(ownerId: string): Promise<void>
  /** All that an owner could take along to another one. */
  describe?(tables: TablesOf, ownerId: string): Promise<readonly Belonging[]>
  /**
   * Gives things to another owner, as a part of one transaction.
   *
   * @returns false when somebody is using one of them in a way that cannot be shared: all is undone, and tried again
   */
  move?(tables: TablesOf, move: Move): Promise<boolean>
  /** Afterwards, when it is stored. What is cut short here the room finds by itself. */
  moved?(ownerId: string): Promise<void>
}

/** Something that an owner has, in words for a page. */
export type Belonging = {
  readonly kind: 'connection' | 'run' | 'file'
  readonly id: string
  readonly name: string
  /** How it stands with it: "done", "waits for an account". */
  readonly state: string
  readonly at: Date
}

export type Move = {
  readonly from: string
  readonly to: string
  /** Of the things to move, of whatever kind. */
  readonly ids: ReadonlySet<string>
  /** What was not moved but became one with a thing that the new owner had: its id → the id of that one. */
  readonly became: Map<string, string>
}
