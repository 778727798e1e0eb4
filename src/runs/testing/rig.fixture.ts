import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DBOS } from '@dbos-inc/dbos-sdk'
import { sql } from 'kysely'
import { newId, systemClock } from '#base'
import type { Role } from '#config'
import { createEnvelope, parseKeyring } from '#crypto'
import { createStorage } from '#storage'
import { capturedLog, testDatabase } from '#testing'
import type { Mashup } from '../definition/mashup.ts'
import { WAIT_TOPIC } from '../engine/run-step.ts'
import { isOver, type Run, type RunStatus } from '../run-view.ts'
import { createRuns, type StartInput } from '../runs.ts'
import type { RunTables } from '../store/tables.ts'
import { createTestAccounts } from './accounts.fixture.ts'

const PATIENCE_MS = 8000
const LOOK_MS = 15

type RigOptions = {
  readonly mashups: readonly Mashup[]
  readonly services?: (name: string) => unknown
  readonly role?: Role
  /** As with the embedded database: no other process can be at work on it. */
  readonly alone?: boolean
}

/** The room as the product runs it, with a real engine on a real database; accounts are the test's own. */
export async function createRig(options: RigOptions) {
  const test = await testDatabase()
  const directory = await mkdtemp(join(tmpdir(), 'trivet-runs-'))
  const { log, text: logged } = capturedLog()
  const accounts = createTestAccounts()
  const envelope = createEnvelope(parseKeyring(`k1:${randomBytes(32).toString('base64url')}`))
  const storage = createStorage({ database: test.database, directory, cacheBytes: 1_000_000, log })
  const tables = test.database.tables<RunTables>()
  const { ownerId } = await test.guest()

  const compose = (mashups: readonly Mashup[], role: Role) =>
    createRuns({
      database: test.database,
      connections: accounts.connections,
      storage,
      envelope,
      services: options.services ?? (() => undefined),
      mashups,
      role,
      migrate: options.alone ?? false,
      clock: systemClock,
      log,
    })
  let runs = compose(options.mashups, options.role ?? 'all')
  await runs.startEngine()

  async function find(id: string): Promise<Run> {
    const row = await tables.selectFrom('run').select('owner_id').where('id', '=', id).executeTakeFirstOrThrow()
    const run = await runs.find(id, row.owner_id)
    if (!run) throw new Error(`no run ${id}`)
    return run
  }

  async function until(id: string, when: (run: Run) => boolean | Promise<boolean>): Promise<Run> {
    for (const end = performance.now() + PATIENCE_MS; ; await sleep(LOOK_MS)) {
      const run = await find(id)
      if (await when(run)) return run
      if (performance.now() > end) {
        throw new Error(`still ${JSON.stringify(run)} ${JSON.stringify(await runs.steps(id))}\n${logged()}`)
      }
    }
  }

  const rig = {
    test,
    tables,
    accounts,
    storage,
    envelope,
    logged,
    /** A guest; `start` begins runs as this one unless told otherwise. */
    ownerId,
    get runs() {
      return runs
    },
    start: (wanted: Partial<StartInput> & Pick<StartInput, 'mashup'>) =>
      runs.start({ ownerId, input: {}, submission: newId(), ...wanted }),
    find,
    /** Looks until it is so, for eight seconds at most. */
    until,
    becomes: (id: string, status: RunStatus) => until(id, (run) => run.status === status),
    /** Over, or waiting for a person. */
    settled: (id: string) => until(id, (run) => isOver(run.status) || run.status === 'paused'),
    /** Until the page would say that this step is at work. */
    atWork: (id: string, name: string) =>
      until(id, async () => (await runs.steps(id)).some((step) => step.name === name && step.status === 'running')),
    async step(id: string, name: string) {
      const step = (await runs.steps(id)).find((one) => one.name === name)
      if (!step) throw new Error(`run ${id} has not come to ${name}`)
      return step
    },
    /** Ends the wait of a run before its time, as a reconnected account does: no test sits out a backoff. */
    hurry: (id: string) => DBOS.send(id, 'hurry', WAIT_TOPIC),
    /** Status of the workflow behind a run, or `undefined`. */
    workflow: async (id: string) => (await DBOS.getWorkflowStatus(id))?.status,
    async execute(statement: string): Promise<Record<string, unknown>[]> {
      return (await sql.raw<Record<string, unknown>>(statement).execute(test.database.tables<unknown>())).rows
    },
    /** Every row of both schemas as text. */
    async everythingStored(): Promise<string> {
      const named = await rig.execute(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('trivet', 'dbos')`,
      )
      const dumps = named.map(({ name }) => rig.execute(`select t::text as line from ${name} t`))
      return (await Promise.all(dumps))
        .flat()
        .map(({ line }) => line)
        .join('\n')
    },
    /** The process stops in good order and another one, perhaps with other code, starts on the same database. */
    async restart(changes: { mashups?: readonly Mashup[]; role?: Role; meanwhile?: () => Promise<void> } = {}) {
      await runs.stop()
      await DBOS.shutdown({ deregister: true })
      await changes.meanwhile?.()
      runs = compose(changes.mashups ?? options.mashups, changes.role ?? options.role ?? 'all')
      await runs.startEngine()
    },
    async close() {
      await runs.stop()
      await test.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return rig
}

export type Rig = Awaited<ReturnType<typeof createRig>>
