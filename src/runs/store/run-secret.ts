import type { Kysely } from 'kysely'
import type { Secret } from '#base'
import type { Envelope, SealedPlace } from '#crypto'
import type { RunTables } from './tables.ts'

/** Secrets that belong to a step, such as the session address of a resumable upload: sealed, gone with their run. */
export async function saveRunSecret(
  tables: Kysely<RunTables>,
  envelope: Envelope,
  secret: { readonly runId: string; readonly ownerId: string; readonly name: string; readonly value: Secret },
): Promise<void> {
  const sealed = envelope.seal(secret.value, place(secret))
  await tables
    .insertInto('run_secret')
    .values({ run_id: secret.runId, name: secret.name, sealed })
    .onConflict((conflict) => conflict.columns(['run_id', 'name']).doUpdateSet({ sealed }))
    .execute()
}

export async function loadRunSecret(
  tables: Kysely<RunTables>,
  envelope: Envelope,
  secret: { readonly runId: string; readonly ownerId: string; readonly name: string },
): Promise<Secret | undefined> {
  const row = await tables
    .selectFrom('run_secret')
    .select('sealed')
    .where('run_id', '=', secret.runId)
    .where('name', '=', secret.name)
    .executeTakeFirst()
  return row && envelope.open(row.sealed, place(secret))
}

function place(secret: { readonly runId: string; readonly ownerId: string; readonly name: string }): SealedPlace {
  return { table: 'run_secret', column: 'sealed', row: `${secret.runId}:${secret.name}`, owner: secret.ownerId }
}
