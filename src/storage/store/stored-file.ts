import { type Kysely, sql } from 'kysely'
import type { Database } from '#database'
import type { StorageTables } from './tables.ts'

type Row = Omit<StorageTables['stored_file'], 'created_at'>

const COLUMNS = ['id', 'key', 'owner_id', 'run_id', 'name', 'type', 'size', 'sha256'] as const

/** SQLSTATE 23503: the owner or the run is gone. */
export function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23503'
}

export function storedFileStore(database: Database) {
  const db = database.tables<StorageTables>()
  return {
    /** False where the id belongs to somebody else's file. */
    async save(row: Row): Promise<boolean> {
      const { id: _id, key: _key, owner_id: _owner, run_id, ...content } = row
      const saved = await db
        .insertInto('stored_file')
        .values(row)
        .onConflict((conflict) =>
          conflict
            .column('id')
            .doUpdateSet(content)
            // Of a run's file that is the owner of the run, whoever that is by now (migration 202611201220).
            .where('stored_file.owner_id', 'is not distinct from', (eb) => eb.ref('excluded.owner_id'))
            .where('stored_file.run_id', 'is not distinct from', run_id),
        )
        .returning('id')
        .executeTakeFirst()
      return saved !== undefined
    },
    find(id: string): Promise<Row | undefined> {
      return db.selectFrom('stored_file').select(COLUMNS).where('id', '=', id).executeTakeFirst()
    },
    async keysOfOwner(ownerId: string): Promise<string[]> {
      const rows = await db.selectFrom('stored_file').select('key').where('owner_id', '=', ownerId).execute()
      return rows.map((row) => row.key)
    },
    async removeOwner(ownerId: string): Promise<void> {
      await db.deleteFrom('stored_file').where('owner_id', '=', ownerId).execute()
    },
    /** Those that belong to no run, the newest first. */
    listLoose(tables: Kysely<StorageTables>, ownerId: string) {
      return tables
        .selectFrom('stored_file')
        .select(['id', 'name', 'size', 'created_at as createdAt'])
        .where('owner_id', '=', ownerId)
        .where('run_id', 'is', null)
        .orderBy('id', 'desc')
        .execute()
    },
    async moveLoose(
      tables: Kysely<StorageTables>,
      move: { readonly from: string; readonly to: string; readonly ids: readonly string[] },
    ): Promise<void> {
      await tables
        .updateTable('stored_file')
        .set({ owner_id: move.to })
        .where('owner_id', '=', move.from)
        .where('run_id', 'is', null)
        .where(sql<boolean>`id = any(${[...move.ids]}::uuid[])`)
        .execute()
    },
    async removeRun(runId: string): Promise<void> {
      await db.deleteFrom('stored_file').where('run_id', '=', runId).execute()
    },
  }
}
