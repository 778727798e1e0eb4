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
      const { id: _id, key: _key, owner_id, run_id, ...content } = row
      const saved = await db
        .insertInto('stored_file')
        .values(row)
        .onConflict((conflict) =>
          conflict
            .column('id')
            .doUpdateSet(content)
            .where('stored_file.owner_id', 'is not distinct from', owner_id)
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
    async removeRun(runId: string): Promise<void> {
      await db.deleteFrom('stored_file').where('run_id', '=', runId).execute()
    },
  }
}
