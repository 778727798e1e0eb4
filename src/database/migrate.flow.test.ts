import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Migration, Migrator } from 'kysely/migration'
import pg from 'pg'
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest'
import { Secret, StartError } from '#base'
import { blankDatabase, query } from './blank-database.fixture.ts'
import { migrate, pendingMigrations } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import type { Database } from './open.ts'

const NAMES = Object.keys(migrations)

/** Everything in schema `trivet` that a statement could tell apart, in words of PostgreSQL's own. */
async function schemaOf(url: Secret): Promise<string[]> {
  const rows = await query(
    url,
    `select concat_ws(' ', table_name, column_name, data_type, udt_name, is_nullable, column_default) as line
       from information_schema.columns where table_schema = 'trivet' and table_name not like 'kysely%'
     union all
     select concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
       from pg_constraint where connamespace = 'trivet'::regnamespace and conrelid::regclass::text not like '%kysely%'
     union all
     select indexdef from pg_indexes where schemaname = 'trivet' and tablename not like 'kysely%'
     union all
     select pg_get_functiondef(oid) from pg_proc where pronamespace = 'trivet'::regnamespace
     order by 1`,
  )
  return rows.map((row) => String(row['line']))
}

/** What an older version of Trivet, which knew only the first migrations, would have done. */
async function migrateAsOlderVersion(database: Database, known: number): Promise<void> {
  const some: Record<string, Migration> = Object.fromEntries(Object.entries(migrations).slice(0, known))
  const migrator = new Migrator({
    db: database.tables<unknown>(),
    provider: { getMigrations: async () => some },
    migrationTableSchema: 'trivet',
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

describe('the list of migrations', () => {
  it('holds every file of migrations/, in the order of their names', () => {
    const files = readdirSync(join(import.meta.dirname, 'migrations')).filter((file) => file !== 'index.ts')
    expect(NAMES).toEqual(files.map((file) => file.replace(/\.ts$/, '')).sort())
  })

  it('is named YYYYMMDDHHMM_room_what, one time each', () => {
    for (const name of NAMES)
      expect(name).toMatch(/^20\d\d(0\d|1[0-2])([0-2]\d|3[01])([01]\d|2[0-3])[0-5]\d_[a-z]+(_[a-z]+)*$/)
    expect(new Set(NAMES.map((name) => name.slice(0, 12))).size).toBe(NAMES.length)
  })

  it('goes forward only', () => {
    for (const migration of Object.values(migrations)) expect(migration).not.toHaveProperty('down')
  })
})

describe('migrate', () => {
  it('brings an empty database up to date, and does nothing the second time', async () => {
    const blank = await blankDatabase()
    const database = await blank.open()
    expect(await pendingMigrations(database)).toEqual(NAMES)
    expect(await migrate(database)).toEqual(NAMES)
    const once = await schemaOf(blank.url)
    expect(await pendingMigrations(database)).toEqual([])
    expect(await migrate(database)).toEqual([])
    expect(await schemaOf(blank.url)).toEqual(once)
  })

  it('runs each migration once when several processes start at the same moment on an empty database', async () => {
    const blank = await blankDatabase()
    const processes = await Promise.all([1, 2, 3, 4].map(() => blank.open()))
    const ran = await Promise.all(processes.map((database) => migrate(database)))
    expect(ran.flat()).toEqual(NAMES)
    expect(ran.filter((names) => names.length > 0)).toHaveLength(1)
  })

  it('makes the same schema in one go as version by version', async () => {
    const blank = await blankDatabase()
    const database = await blank.open()
    for (let known = 1; known < NAMES.length; known += 1) {
      await migrateAsOlderVersion(database, known)
      expect(await pendingMigrations(database)).toEqual(NAMES.slice(known))
    }
    expect(await migrate(database)).toEqual(NAMES.slice(-1))
    const fresh = await schemaOf(new Secret(inject('databaseUrl')))
    expect(fresh.length).toBeGreaterThan(80)
    expect(await schemaOf(blank.url)).toEqual(fresh)
  })

  it('keeps the rows of an older version', async () => {
    const blank = await blankDatabase()
    const database = await blank.open()
    await migrateAsOlderVersion(database, 2)
    const id = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f'
    await query(blank.url, `insert into trivet.user_account (id, kind) values ($1, 'guest')`, [id])
    await migrate(database)
    expect(await query(blank.url, 'select id, kind from trivet.user_account')).toEqual([{ id, kind: 'guest' }])
  })

  it('leaves nothing half-made when one fails, names it as StartError, and goes on once the cause is gone', async () => {
    const blank = await blankDatabase()
    const database = await blank.open()
    await query(blank.url, 'create schema trivet; create table trivet.run_step (in_the_way int)')
    const failed = migrate(database)
    await expect(failed).rejects.toBeInstanceOf(StartError)
    await expect(failed).rejects.toThrow(/202611200920_runs.*run_step.*already exists/)
    expect(await query(blank.url, `select to_regclass('trivet.user_account') as there`)).toEqual([{ there: null }])
    await query(blank.url, 'drop table trivet.run_step')
    expect(await migrate(database)).toEqual(NAMES)
  })

  it('leaves nothing half-made when the process dies in the middle', async () => {
    const blank = await blankDatabase()
    const database = await blank.open()
    // Somebody creates the same table and does not commit: the migration waits in its middle.
    const blocker = new pg.Client({ connectionString: blank.url.reveal() })
    blocker.on('error', () => undefined)
    await blocker.connect()
    onTestFinished(() => blocker.end())
    await blocker.query('create schema trivet')
    await blocker.query('begin; create table trivet.run_secret (x int)')
    const dying = migrate(database)
    dying.catch(() => undefined)
    const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%run_secret%'`
    const [row] = await vi.waitUntil(
      async () => {
        const rows = await query(blank.url, waiting)
        return rows.length > 0 ? rows : undefined
      },
      { timeout: 5000 },
    )
    await query(blank.url, 'select pg_terminate_backend($1)', [row?.['pid']])
    await expect(dying).rejects.toBeInstanceOf(StartError)
    await blocker.query('rollback')
    expect(await query(blank.url, `select to_regclass('trivet.run') as there`)).toEqual([{ there: null }])
    expect(await migrate(await blank.open())).toEqual(NAMES)
  })

  it('refuses a database that a newer version has migrated, instead of running on a schema it does not know', async () => {
    const blank = await blankDatabase()
    const database = await blank.open()
    await migrate(database)
    await query(blank.url, `insert into trivet.kysely_migration (name, timestamp) values ('209901010000_later', 'x')`)
    await expect(migrate(database)).rejects.toThrow(/209901010000_later/)
  })
})

describe('the schema', () => {
  it('deletes with an owner everything that is the owner’s: each owner_id cascades from user_account', async () => {
    const url = new Secret(inject('databaseUrl'))
    const columns = await query(
      url,
      `select table_name::text as name from information_schema.columns
        where table_schema = 'trivet' and column_name = 'owner_id' order by 1`,
    )
    const cascades = await query(
      url,
      `select c.conrelid::regclass::text as name from pg_constraint c
         join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
        where c.contype = 'f' and c.confrelid = 'trivet.user_account'::regclass
          and a.attname = 'owner_id' and c.confdeltype = 'c' order by 1`,
    )
    expect(columns.length).toBeGreaterThan(4)
    expect(cascades.map((row) => String(row['name']).replace('trivet.', ''))).toEqual(columns.map((row) => row['name']))
  })

  it('has an index under every foreign key, or deleting an owner would read whole tables', async () => {
    const bare = await query(
      new Secret(inject('databaseUrl')),
      `select c.conrelid::regclass::text || '.' || a.attname as name
         from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype = 'f' and c.connamespace = 'trivet'::regnamespace
          and not exists (select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1])
        order by 1`,
    )
    expect(bare.map((row) => row['name'])).toEqual([])
  })

  it('keeps time as timestamptz everywhere', async () => {
    const rows = await query(
      new Secret(inject('databaseUrl')),
      `select table_name || '.' || column_name as name from information_schema.columns
        where table_schema = 'trivet' and table_name not like 'kysely%'
          and data_type in ('timestamp without time zone', 'date', 'time without time zone')`,
    )
    expect(rows).toEqual([])
  })
})
