import { type Migration, Migrator } from 'kysely/migration'
import { StartError } from '#base'
import { migrations } from './migrations/index.ts'
import type { Database } from './open.ts'

/**
 * Brings schema `trivet` up to date: forward only, in one transaction under an advisory lock (Kysely's Migrator), so
 * that several starting processes wait for one another and a kill in the middle leaves nothing half-made.
 *
 * @returns names of the migrations that ran.
 * @throws StartError naming the migration that failed.
 */
export async function migrate(database: Database): Promise<string[]> {
  const { error, results } = await migrator(database).migrateToLatest()
  if (error !== undefined) {
    const failed =
      results?.find((result) => result.status === 'Error')?.migrationName ?? 'reading the list of migrations'
    throw new StartError(`The database could not be brought up to date (${failed}): ${reason(error)}`, { cause: error })
  }
  return (results ?? []).map((result) => result.migrationName)
}

/** Names of the migrations that have not run yet. */
export async function pendingMigrations(database: Database): Promise<string[]> {
  const all = await migrator(database).getMigrations()
  return all.filter((migration) => migration.executedAt === undefined).map((migration) => migration.name)
}

function migrator(database: Database): Migrator {
  return new Migrator({
    db: database.tables<unknown>(),
    provider: { getMigrations: async (): Promise<Record<string, Migration>> => migrations },
    migrationTableSchema: 'trivet',
  })
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
