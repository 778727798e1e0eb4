import { type Kysely, sql } from 'kysely'
import type { Secret } from '#base'
import type { Envelope, SealedPlace } from '#crypto'
import type { RunTables } from './tables.ts'

type Place = { readonly runId: string; readonly ownerId: string; readonly name: string }
type Named = Omit<Place, 'ownerId'>

/**
 * Secrets that belong to a step, such as the session address of a resumable upload: sealed, gone with their run. They are
 * bound to the owner that the run has when they are written, who may be another one than when it began.
 */
export async function saveRunSecret(
  tables: Kysely<RunTables>,
  envelope: Envelope,
  secret: Named & { readonly value: Secret },
): Promise<void> {
  for (;;) {
    const run = await tables.selectFrom('run').select('owner_id').where('id', '=', secret.runId).executeTakeFirst()
    // Gone meanwhile, and with it whatever wanted to remember this.
    if (!run) return
    const sealed = envelope.seal(secret.value, place({ ...secret, ownerId: run.owner_id }))
    const written = await tables
      .insertInto('run_secret')
      .columns(['run_id', 'name', 'sealed'])
      .expression((eb) =>
        eb
          .selectFrom('run')
          .select((of) => [of.ref('id').as('run_id'), of.val(secret.name).as('name'), of.val(sealed).as('sealed')])
          .where('id', '=', secret.runId)
          .where('owner_id', '=', run.owner_id)
          .forKeyShare(),
      )
      .onConflict((conflict) => conflict.columns(['run_id', 'name']).doUpdateSet({ sealed }))
      .returning('run_id')
      .executeTakeFirst()
    if (written) return
  }
}

export async function loadRunSecret(
  tables: Kysely<RunTables>,
  envelope: Envelope,
  secret: Named,
): Promise<Secret | undefined> {
  const row = await tables
    .selectFrom('run_secret')
    .innerJoin('run', 'run.id', 'run_secret.run_id')
    .select(['run_secret.sealed', 'run.owner_id as ownerId'])
    .where('run_id', '=', secret.runId)
    .where('name', '=', secret.name)
    .executeTakeFirst()
  return row && envelope.open(row.sealed, place({ ...secret, ownerId: row.ownerId }))
}

/** Seals the secrets of runs for another owner, within the transaction that gives the runs to them. */
export async function resealRunSecrets(
  tables: Kysely<RunTables>,
  envelope: Envelope,
  move: { readonly from: string; readonly to: string; readonly runIds: readonly string[] },
): Promise<void> {
  const rows = await tables
    .selectFrom('run_secret')
    .select(['run_id as runId', 'name', 'sealed'])
    .where(sql<boolean>`run_id = any(${[...move.runIds]}::uuid[])`)
    .execute()
  for (const { runId, name, sealed } of rows) {
    const value = tryOpen(envelope, sealed, place({ runId, name, ownerId: move.from }))
    // One that does not open is found so by the step that wants it, as it would have been without the move.
    if (!value) continue
    await tables
      .updateTable('run_secret')
      .set({ sealed: envelope.seal(value, place({ runId, name, ownerId: move.to })) })
      .where('run_id', '=', runId)
      .where('name', '=', name)
      .execute()
  }
}

function tryOpen(envelope: Envelope, sealed: string, at: SealedPlace): Secret | undefined {
  try {
    return envelope.open(sealed, at)
  } catch {
    return undefined
  }
}

function place({ runId, name, ownerId }: Place): SealedPlace {
  return { table: 'run_secret', column: 'sealed', row: `${runId}:${name}`, owner: ownerId }
}
