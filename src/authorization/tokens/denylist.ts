import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { describeError, type Log } from '#base'
import type { Database } from '#database'
import { listRevokedGrants } from '../store/grant.ts'
import type { AuthorizationTables } from './../store/tables.ts'
import { ACCESS_TOKEN_SECONDS } from './lifetimes.ts'

/** Grants that were ended while access tokens of theirs may still be alive. */
export type Denylist = {
  /** Resolves when every revocation until now is known. */
  start(): Promise<void>
  has(grantId: string): boolean
  /** One that this very process has ended: known before anybody is told of it. */
  add(grantId: string): void
  close(): Promise<void>
}

/** A trigger of `tinyoauth_grant` sends it, in whatever way a grant ends (migration 202611201120). */
const CHANNEL = 'trivet_grant_ended'
const LOOK_MS = 1000
/** A statement may be committed some time after the time that it wrote. */
const OVERLAP_SECONDS = 10

/**
 * What a process knows of revoked grants: at once by NOTIFY, and by a look at the table every second, for messages
 * that were sent while nobody listened or on a connection that died without a word. One indexed read a second buys the
 * promise "within 2 s" in all of these cases.
 */
export function createDenylist(deps: { database: Database; tables: Kysely<AuthorizationTables>; log: Log }): Denylist {
  const { database, tables, log } = deps
  /** When each was heard of. */
  const ended = new Map<string, number>()
  const controller = new AbortController()
  let lookedAt = Number.NEGATIVE_INFINITY
  let unlisten: (() => void) | undefined
  let rounds: Promise<void> | undefined

  const note = (grantId: string) => {
    if (!ended.has(grantId)) ended.set(grantId, performance.now())
  }

  async function look(): Promise<void> {
    const begun = performance.now()
    const missed = Math.ceil((begun - lookedAt) / 1000) + OVERLAP_SECONDS
    for (const { id } of await listRevokedGrants(tables, Math.min(missed, ACCESS_TOKEN_SECONDS + OVERLAP_SECONDS)))
      note(id)
    lookedAt = begun
  }

  function forget(): void {
    const oldest = performance.now() - (ACCESS_TOKEN_SECONDS + OVERLAP_SECONDS) * 1000
    for (const [id, heard] of ended) {
      // In the order in which they were heard of.
      if (heard > oldest) return
      ended.delete(id)
    }
  }

  async function keepLooking(): Promise<void> {
    const { signal } = controller
    let well = true
    while (!signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined)
      if (signal.aborted) return
      try {
        await look()
        forget()
        well = true
      } catch (error) {
        if (well) log.warn({ error: describeError(error) }, 'Revoked grants could not be read; trying on')
        well = false
      }
    }
  }

  return {
    async start() {
      unlisten = database.listen(CHANNEL, note)
      await look()
      rounds = keepLooking()
    },
    has: (grantId) => ended.has(grantId),
    add: note,
    async close() {
      unlisten?.()
      controller.abort()
      await rounds
    },
  }
}
