import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, newId } from '#base'
import { type Database, isContention, type TablesOf } from '#database'
import type { AuditActor } from '../audit/audit.ts'
import { problem } from '../errors.ts'
import { insertAuditEvent } from '../store/audit-event.ts'
import { endGuest, findReplacedGuest, lockReplacedGuest, type MergingSession } from '../store/guest-merge.ts'
import type { AccountTables } from '../store/tables.ts'
import type { Belonging, Owned } from '../visitors/owned.ts'

/**
 * What somebody did as a guest, and may take along into their account once they have signed in (security §10.8): only
 * what the guest of this very browser has, only what they choose, all of it in one transaction.
 */
export type GuestMerge = {
  /** What could be taken along; empty for most people at most times. */
  offered(session: MergingSession): Promise<readonly Belonging[]>
  /**
   * Takes along what is chosen and still there.
   *
   * @returns what came along; none when another tab was faster
   * @throws Problem `guest_things_in_use`
   */
  take(session: MergingSession, chosen: (one: Belonging) => boolean, by: MergeActor): Promise<readonly Belonging[]>
}

/** The user who takes things along, for the audit log. */
export type MergeActor = AuditActor & { readonly publicId: string }

/** Renewing an account takes some seconds where the provider is slow. */
const PATIENCE_MS = 10_000
const LOOK_MS = 150

/** A room cannot give something away right now: everything is undone. */
class InUse extends Error {}

export function createGuestMerge(deps: {
  readonly database: Pick<Database, 'tables' | 'transaction'>
  readonly owned: readonly Owned[]
  readonly log: Log
  /** How long to wait for things that are in use. */
  readonly patienceMs?: number
}): GuestMerge {
  const { database, owned, log, patienceMs = PATIENCE_MS } = deps

  async function describe(tablesOf: TablesOf, guestId: string): Promise<readonly Belonging[]> {
    const all: Belonging[] = []
    // One after the other: they may share the one connection of a transaction.
    for (const room of owned) all.push(...((await room.describe?.(tablesOf, guestId)) ?? []))
    return all
  }

  async function takeNow(
    tablesOf: TablesOf,
    session: MergingSession,
    chosen: (one: Belonging) => boolean,
    by: MergeActor,
  ): Promise<readonly Belonging[]> {
    const tables = tablesOf<AccountTables>()
    const guestId = await lockReplacedGuest(tables, session)
    if (guestId === undefined) return []
    const all = await describe(tablesOf, guestId)
    const taken = all.filter(chosen)
    if (taken.length === 0) return []
    const ids = new Set(taken.map(({ id }) => id))
    const move = { from: guestId, to: session.ownerId, ids, became: new Map<string, string>() }
    // What others hang on comes first: it is what is erased last.
    for (const room of owned.toReversed()) {
      if ((await room.move?.(tablesOf, move)) === false) throw new InUse()
    }
    if (taken.length === all.length) await endGuest(tables, { id: guestId, userId: session.ownerId })
    const { publicId, ...actor } = by
    const target = { kind: 'user' as const, id: publicId }
    await insertAuditEvent(tables, { id: newId(), ...actor, action: 'guest.merged', target, details: countOf(taken) })
    return taken
  }

  async function settle(ownerId: string): Promise<void> {
    for (const room of owned) {
      await room.moved?.(ownerId).catch((error) => log.warn({ err: error }, 'What was taken along is found later'))
    }
  }

  return {
    async offered(session) {
      const guestId = await findReplacedGuest(database.tables<AccountTables>(), session)
      return guestId === undefined ? [] : describe(database.tables, guestId)
    },
    async take(session, chosen, by) {
      for (const end = performance.now() + patienceMs; ; await sleep(LOOK_MS)) {
        try {
          const taken = await database.transaction((tablesOf) => takeNow(tablesOf, session, chosen, by))
          if (taken.length > 0) await settle(session.ownerId)
          return taken
        } catch (error) {
          if (!(error instanceof InUse) && !isContention(error)) throw error
          if (performance.now() < end) continue
          const detail = 'An account is being renewed, and that takes long. Nothing was moved. Try again in a minute.'
          throw problem('guest_things_in_use', detail, { cause: error, retryAfter: 60 })
        }
      }
    },
  }
}

function countOf(taken: readonly Belonging[]): Readonly<Record<string, number>> {
  const count = (kind: Belonging['kind']) => taken.filter((one) => one.kind === kind).length
  return { connections: count('connection'), runs: count('run'), files: count('file') }
}
