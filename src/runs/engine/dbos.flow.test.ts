import { readFileSync } from 'node:fs'
import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor'
import { SystemDatabase } from '@dbos-inc/dbos-sdk/internal/system_database'
import { dbRetryConfig } from '@dbos-inc/dbos-sdk/internal/utils'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#testing'

/** What this room takes from inside DBOS, beside its API: an update that moves one of these must be seen here first. */
let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase()
})
afterAll(() => test.close())

it('the version is pinned exactly: 5.3.0, whose insides these tests describe', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
  expect(manifest.dependencies['@dbos-inc/dbos-sdk']).toBe('5.3.0')
})

describe('dbos.workflow_status', () => {
  it.each([
    ['workflow_uuid', 'text'],
    ['name', 'text'],
    ['status', 'text'],
    ['executor_id', 'text'],
    ['application_version', 'text'],
    ['updated_at', 'bigint'],
  ])('has the column %s (%s)', async (column, type) => {
    const { rows } = await sql<{ type: string }>`
      select data_type as type from information_schema.columns
      where table_schema = 'dbos' and table_name = 'workflow_status' and column_name = ${column}`.execute(
      test.database.tables<unknown>(),
    )
    expect(rows).toEqual([{ type }])
  })
})

it('the unfinished runs of an executor can be put on a queue, and dequeuing can be stopped without shutting down', () => {
  const { prototype } = DBOSExecutor
  expect(SystemDatabase.prototype.reenqueueWorkflowsForRecovery).toBeTypeOf('function')
  expect(SystemDatabase.prototype.reenqueueWorkflowsForRecovery).toHaveLength(3)
  expect(prototype.deactivateEventReceivers).toBeTypeOf('function')
  expect(DBOSExecutor).toHaveProperty('globalInstance', undefined)
})

it('the waits between tries to reach the database can be shortened', () => {
  expect(dbRetryConfig).toEqual({ initialBackoffSec: 1, maxBackoffSec: 60 })
  expect(Object.getOwnPropertyDescriptor(dbRetryConfig, 'maxBackoffSec')?.writable).toBe(true)
})
