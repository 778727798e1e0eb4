import { type Kysely, sql } from 'kysely'
import { endOtherLogins } from './browser-session.ts'
import type { Note } from './note.ts'
import type { AccountTables } from './tables.ts'

export type TotpSecret = {
  readonly id: string
  readonly ownerId: string
  readonly sealed: string
  /** Whether codes are asked for at the sign-in; before, the secret is only being set up. */
  readonly isOn: boolean
}

export function findTotpSecret(tables: Kysely<AccountTables>, ownerId: string): Promise<TotpSecret | undefined> {
  return tables
    .selectFrom('totp_secret')
    .select(['id', 'owner_id as ownerId', 'sealed_secret as sealed', sql<boolean>`confirmed_at is not null`.as('isOn')])
    .where('owner_id', '=', ownerId)
    .executeTakeFirst()
}

/** A secret to be set up, in place of one that was begun before. @returns false when one is on */
export async function beginTotpSecret(
  tables: Kysely<AccountTables>,
  secret: { readonly id: string; readonly ownerId: string; readonly sealed: string },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables
    .insertInto('totp_secret')
    .values({ id: secret.id, owner_id: secret.ownerId, sealed_secret: secret.sealed })
    .onConflict((conflict) =>
      conflict
        .column('owner_id')
        .doUpdateSet({ id: secret.id, sealed_secret: secret.sealed, created_at: sql`trivet.clock()` })
        .where('totp_secret.confirmed_at', 'is', null),
    )
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/**
 * Asked for from now on; the recovery codes of before, if any, end, and so does all that was signed in by one factor but
 * the session in which it is done.
 *
 * @returns false when it was not to be set up
 */
export function turnOnTotp(
  tables: Kysely<AccountTables>,
  secret: {
    readonly id: string
    readonly step: number
    readonly recoveryHashes: readonly Buffer[]
    readonly keptSessionId: string
    readonly note: Note
  },
): Promise<boolean> {
  return tables.transaction().execute(async (trx) => {
    const on = await trx
      .updateTable('totp_secret')
      .set({ confirmed_at: sql`trivet.clock()`, last_step: secret.step })
      .where('id', '=', secret.id)
      .where('confirmed_at', 'is', null)
      .returning('owner_id')
      .executeTakeFirst()
    if (!on) return false
    await putRecoveryCodes(trx, on.owner_id, secret.recoveryHashes)
    await endOtherLogins(trx, { ownerId: on.owner_id, keptId: secret.keptSessionId })
    await secret.note(trx)
    return true
  })
}

/** Takes the code of a time step: each is good once, and none before it any more (RFC 6238 §5.2). */
export async function takeTotpStep(
  tables: Kysely<AccountTables>,
  taken: { readonly id: string; readonly step: number },
): Promise<boolean> {
  const { numUpdatedRows } = await tables
    .updateTable('totp_secret')
    .set({ last_step: taken.step })
    .where('id', '=', taken.id)
    .where('confirmed_at', 'is not', null)
    .where('last_step', '<', String(taken.step))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** With it go the recovery codes, and sign-ins that wait for a code. @returns whether it was on */
export function turnOffTotp(tables: Kysely<AccountTables>, ownerId: string, note: Note): Promise<boolean> {
  return tables.transaction().execute(async (trx) => {
    const off = await trx.deleteFrom('totp_secret').where('owner_id', '=', ownerId).returning('confirmed_at').execute()
    await trx.deleteFrom('recovery_code').where('owner_id', '=', ownerId).execute()
    await trx.deleteFrom('pending_sign_in').where('owner_id', '=', ownerId).execute()
    const wasOn = off.some(({ confirmed_at }) => confirmed_at !== null)
    if (wasOn) await note(trx)
    return wasOn
  })
}

/** New recovery codes in place of all there were. @returns false when no second factor is on */
export function renewRecoveryCodes(
  tables: Kysely<AccountTables>,
  { ownerId, hashes, note }: { readonly ownerId: string; readonly hashes: readonly Buffer[]; readonly note: Note },
): Promise<boolean> {
  return tables.transaction().execute(async (trx) => {
    const on = await trx
      .selectFrom('totp_secret')
      .select('id')
      .where('owner_id', '=', ownerId)
      .where('confirmed_at', 'is not', null)
      .forUpdate()
      .executeTakeFirst()
    if (!on) return false
    await putRecoveryCodes(trx, ownerId, hashes)
    await note(trx)
    return true
  })
}

async function putRecoveryCodes(trx: Kysely<AccountTables>, ownerId: string, hashes: readonly Buffer[]) {
  await trx.deleteFrom('recovery_code').where('owner_id', '=', ownerId).execute()
  await trx
    .insertInto('recovery_code')
    .values(hashes.map((code_hash) => ({ owner_id: ownerId, code_hash })))
    .execute()
}
