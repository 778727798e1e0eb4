/**
 * A process of its own that begins a run of the relay, does its first step, says so, and stays in the second one until it
 * is killed.
 */
import { tmpdir } from 'node:os'
import { Secret, systemClock } from '#base'
import { createEnvelope, parseKeyring } from '#crypto'
import { openDatabase } from '#database'
import { createStorage } from '#storage'
import { createRuns } from '../runs.ts'
import { relay } from './relay.fixture.ts'

const { url, ownerId } = JSON.parse(process.argv[2] ?? '{}')
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const database = await openDatabase({ url: new Secret(url), poolSize: 4, log })
const mashup = relay((step, key) => {
  if (step === 'first') return 'first by the killed one'
  process.stdout.write(`${key}\n`)
  return new Promise(() => {})
})
const runs = createRuns({
  database,
  connections: {
    account: () => {
      throw new Error('no accounts here')
    },
    describe: async () => [],
    check: async () => ({ status: 'missing' }),
    list: async () => [],
    providers: [],
  },
  storage: createStorage({ database, directory: tmpdir(), cacheBytes: 1_000_000, log }),
  envelope: createEnvelope(parseKeyring(`k1:${Buffer.alloc(32, 1).toString('base64url')}`)),
  services: () => undefined,
  mashups: [mashup],
  role: 'all',
  migrate: false,
  clock: systemClock,
  log,
})
await runs.startEngine()
await runs.start({ ownerId, mashup, input: {}, submission: null })
