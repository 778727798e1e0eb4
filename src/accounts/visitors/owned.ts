/** A room that keeps things of owners which do not go with their row: files, and later machines. Filled by `app/rooms.ts`. */
export type Owned = {
  /** Removes everything of this owner. May be repeated. */
  erase(ownerId: string): Promise<void>
}
