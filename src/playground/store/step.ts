import { type Kysely, sql } from 'kysely'
import type { PlaygroundTables } from './tables.ts'

/** A step as it is stored: nobody reads it without the key. */
export type SealedStep = { readonly name: string; readonly sealed: string }

export function listSteps(tables: Kysely<PlaygroundTables>, visitId: string): Promise<readonly SealedStep[]> {
  return tables
    .selectFrom('playground_step')
    .select(['name', 'sealed'])
    .where('playground_visit_id', '=', visitId)
    .execute()
}

/** In the place of an earlier one of its name. Nothing where the visit is gone meanwhile. */
export async function putStep(tables: Kysely<PlaygroundTables>, visitId: string, step: SealedStep): Promise<void> {
  await tables
    .insertInto('playground_step')
    .columns(['playground_visit_id', 'name', 'sealed'])
    .expression(
      tables
        .selectFrom('playground_visit')
        .select(['id', sql.val(step.name).as('name'), sql.val(step.sealed).as('sealed')])
        .where('id', '=', visitId)
        // A deletion at the same moment waits, or leaves nothing to refer to.
        .forKeyShare(),
    )
    .onConflict((conflict) => conflict.columns(['playground_visit_id', 'name']).doUpdateSet({ sealed: step.sealed }))
    .execute()
}

export async function deleteSteps(
  tables: Kysely<PlaygroundTables>,
  visitId: string,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return
  await tables
    .deleteFrom('playground_step')
    .where('playground_visit_id', '=', visitId)
    .where('name', 'in', [...names])
    .execute()
}
