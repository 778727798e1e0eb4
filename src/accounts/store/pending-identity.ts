import { type Kysely, sql } from 'kysely'
import type { IdentityKey } from '../identities/identity.ts'
import type { WayOn } from '../login/way-on.ts'
import type { AccountTables } from './tables.ts'

/** An account at a provider that nobody here has yet, held for the browser that has just come back with it. */
export type PendingIdentity = IdentityKey & {
  readonly id: string
  readonly provider: string
  readonly name: string
  /** They said that they have an account here, and sign in to it first. */
  readonly wantsLink: boolean
  /** Where they were going when they began to sign in. */
  readonly way: WayOn
}

const EXPIRY = sql<Date>`trivet.clock() + interval '10 minutes'`

/** One for a browser: the last one that it came back with. */
export async function keepPendingIdentity(
  tables: Kysely<AccountTables>,
  pending: Omit<PendingIdentity, 'wantsLink'> & { readonly sessionId: string },
): Promise<void> {
  const { id, sessionId, provider, issuer, subject, name, way } = pending
  const row = {
    ...{ id, provider, issuer, subject, name },
    interaction: way.interaction ?? null,
    return_to: way.returnTo ?? null,
    wants_link: false,
    expires_at: EXPIRY,
  }
  await tables
    .insertInto('pending_identity')
    .values({ ...row, session_id: sessionId })
    .onConflict((conflict) => conflict.column('session_id').doUpdateSet(row))
    .execute()
}

/** By the unique index on the session. */
export async function findPendingIdentity(
  tables: Kysely<AccountTables>,
  sessionId: string,
): Promise<PendingIdentity | undefined> {
  const row = await tables
    .selectFrom('pending_identity')
    .selectAll()
    .where('session_id', '=', sessionId)
    .where(sql<boolean>`expires_at > trivet.clock()`)
    .executeTakeFirst()
  if (!row) return undefined
  const { id, provider, issuer, subject, name, wants_link: wantsLink } = row
  const way = { interaction: row.interaction ?? undefined, returnTo: row.return_to ?? undefined }
  return { id, provider, issuer, subject, name, wantsLink, way }
}

export async function wishToLink(tables: Kysely<AccountTables>, id: string): Promise<void> {
  await tables.updateTable('pending_identity').set({ wants_link: true }).where('id', '=', id).execute()
}

/** Its browser has signed in, which gave it another session. Only what is to be linked comes along. */
export async function movePendingIdentity(
  tables: Kysely<AccountTables>,
  sessions: { readonly from: string; readonly to: string },
): Promise<void> {
  await tables
    .updateTable('pending_identity')
    .set({ session_id: sessions.to })
    .where('session_id', '=', sessions.from)
    .where('wants_link', '=', true)
    .execute()
}

/** Of any number at once, one gets it. @returns whether it was there, and alive */
export async function takePendingIdentity(tables: Kysely<AccountTables>, id: string): Promise<boolean> {
  const taken = await tables
    .deleteFrom('pending_identity')
    .where('id', '=', id)
    .where(sql<boolean>`expires_at > trivet.clock()`)
    .executeTakeFirst()
  return taken.numDeletedRows === 1n
}

export async function deleteOldPendingIdentities(tables: Kysely<AccountTables>): Promise<void> {
  await tables.deleteFrom('pending_identity').where(sql<boolean>`expires_at < trivet.clock()`).execute()
}
