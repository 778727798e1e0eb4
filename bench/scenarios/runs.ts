import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DBOS } from '@dbos-inc/dbos-sdk'
import { newId, systemClock } from '../../src/base/index.ts'
import { createEnvelope, parseKeyring } from '../../src/crypto/index.ts'
import { migrate, openDatabase, startEmbeddedPostgres } from '../../src/database/index.ts'
import { createRuns, mashup, type RunStatus } from '../../src/runs/index.ts'
import { createStorage } from '../../src/storage/index.ts'
import { type Effort, figures, measure, perSecond, ratios } from '../effort.ts'
import { silent, table } from '../report.ts'

/**
 * Durable runs of three steps that do nothing, ours beside bare DBOS started directly, in one process on one
 * PostgreSQL, in turns. Ours does all that a person sees: a row for the run, rows for its steps, progress for live pages,
 * and it counts as done when its end is stored and announced.
 */
const ROUNDS = 5
const RUNS = 400
const CONCURRENCY = 10

const directory = await mkdtemp(join(tmpdir(), 'trivet-bench-'))
const postgres = await startEmbeddedPostgres({ directory: join(directory, 'postgres'), log: silent })
const database = await openDatabase({ url: postgres.url, poolSize: 8, log: silent })
await migrate(database)
const ownerId = newId()
await database
  .tables<{ user_account: { id: string; kind: string } }>()
  .insertInto('user_account')
  .values({ id: ownerId, kind: 'guest' })
  .execute()

const bare = DBOS.registerWorkflow(
  async (input: { breed: string }) => {
    const a = await DBOS.runStep(async () => ({ found: input.breed }), { name: 'one' })
    const b = await DBOS.runStep(async () => ({ ...a, fetched: true }), { name: 'two' })
    return DBOS.runStep(async () => ({ ...b, saved: true }), { name: 'three' })
  },
  { name: 'bare' },
)

const three = mashup('three', {
  title: 'Three steps',
  summary: '',
  path: '/three',
  action: 'start',
  submit: 'Start',
  running: 'Running',
  again: 'Again',
  form: {},
  connect: {},
  use: {},
  steps: ['one', 'two', 'three'],
  async run({ step }) {
    const a = await step('one', async () => ({ found: 'beng' }))
    const b = await step('two', async () => ({ ...a, fetched: true }))
    const c = await step('three', async () => ({ ...b, saved: true }))
    return { title: c.found }
  },
})

const runs = createRuns({
  database,
  connections: {
    account: () => {
      throw new Error('no accounts here')
    },
    check: async () => ({ status: 'missing' }),
    list: async () => [],
    describe: async () => [],
    providers: [],
  },
  storage: createStorage({ database, directory: join(directory, 'files'), cacheBytes: 1_000_000, log: silent }),
  envelope: createEnvelope(parseKeyring(`bench:${Buffer.alloc(32, 7).toString('base64url')}`)),
  services: () => undefined,
  mashups: [three],
  role: 'all',
  migrate: true,
  clock: systemClock,
  log: silent,
})
await runs.startEngine()

async function ours(): Promise<void> {
  const run = await runs.start({ ownerId, mashup: three, input: {}, submission: newId() })
  const over = Promise.withResolvers<RunStatus>()
  const stop = runs.watch(run.id, (status) => {
    if (status === 'succeeded' || status === 'failed') over.resolve(status)
  })
  const status = await over.promise
  stop()
  if (status !== 'succeeded') throw new Error(`a run ${status}`)
}

async function theirs(): Promise<void> {
  const handle = await DBOS.startWorkflow(bare, { workflowID: newId() })({ breed: 'beng' })
  await handle.getResult()
}

const rounds = { ours: [] as Effort[], theirs: [] as Effort[] }
await measure(RUNS, theirs, CONCURRENCY)
await measure(RUNS, ours, CONCURRENCY)
for (let round = 0; round < ROUNDS; round += 1) {
  rounds.theirs.push(await measure(RUNS, theirs, CONCURRENCY))
  rounds.ours.push(await measure(RUNS, ours, CONCURRENCY))
}
table(
  ['', 'runs/s', 'CPU of Node, µs per run'],
  [
    ['Trivet, 3 steps, rows, live progress', ...figures(rounds.ours)],
    ['bare DBOS 5.3, 3 steps, direct start', ...figures(rounds.theirs)],
  ],
)
console.log(`\nratio of throughput: ${ratios(rounds.ours, rounds.theirs, perSecond)}, aim 0.80`)
console.log(`${ROUNDS} rounds of ${RUNS} runs in turns, ${CONCURRENCY} at a time, medians. PostgreSQL limits both.`)
await runs.stop()
await database.close()
await postgres.stop()
await rm(directory, { recursive: true, force: true })
process.exit(0)
