import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrate, openDatabase, startEmbeddedPostgres } from '#database'
import { migrateEngine } from '#runs'
import { silentLog } from './log.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a real PostgreSQL; its database `postgres` is the template that every test database is cloned from. */
    databaseUrl: string
  }
}

/** One real PostgreSQL for all tests, migrated once; it ends with them, in whatever way they end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'trivet-test-'))
  const postgres = await startEmbeddedPostgres({ directory: join(directory, 'postgres'), log: silentLog })
  const database = await openDatabase({ url: postgres.url, poolSize: 2, log: silentLog })
  await migrate(database)
  await migrateEngine(postgres.url)
  await database.close()
  project.provide('databaseUrl', postgres.url.reveal())
  return async () => {
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
